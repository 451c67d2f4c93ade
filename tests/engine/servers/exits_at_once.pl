# Ends before it serves anything, as a program does whose configuration is wrong.
use strict;
use warnings;
print "cannot find my licence file\n";
exit 3;
