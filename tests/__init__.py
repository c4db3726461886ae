"""The tests, laid out like the source; `make test` runs them."""
