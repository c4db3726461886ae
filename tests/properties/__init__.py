"""Properties of generated programs and weights, each checked against running everything."""
