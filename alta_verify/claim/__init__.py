"""What is claimed: the theorems, the bounds a user gives, and the words for both."""
