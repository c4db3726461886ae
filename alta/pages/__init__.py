"""Pages: what a person looks at in a browser, each one file that needs no network."""
