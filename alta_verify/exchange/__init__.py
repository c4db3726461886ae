"""Exchange: obligations about the feed-forward block, as other verifiers of networks read them."""
