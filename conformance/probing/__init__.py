"""The first look at what others have built: one instance, before all others are driven, and what follows from it."""
