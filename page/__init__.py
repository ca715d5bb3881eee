"""What makes the pages of ``make site`` that compute on the visitor's own device; their JavaScript stands beside it."""
