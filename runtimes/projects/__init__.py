"""An author's own project as a value: what his ``s.yaml`` says of his functions, whichever tool's words it uses.

It is about what is tested, as the folders of ``runtimes`` are, so it lies beside them: whoever builds an image of a
project and whoever plays the platform for it both stand above. Nothing here starts, builds or installs anything.
"""
