// Nothing: libraries made of this file exist for their name, and for the library that they depend on.
