"""What is judged: the catalogue of requirements, the scenarios that drive an instance, the checks of a History."""
