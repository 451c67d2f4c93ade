# Does to one of the files that the engine has made (FILE) what an instance can do to it (HOW).
use strict;
use warnings;

$| = 1;
my ($file, $how) = @ENV{qw(FILE HOW)};
if ($how eq 'append') {
    open my $handle, '>>', $file or die $!;
    print {$handle} "192.0.2.66 elsewhere\n";
    close $handle;
} elsif ($how eq 'empty') {
    open my $handle, '>', $file or die $!;
} else {
    chmod 0600, $file or die $!;
}
print "done\n";
sleep 1 while 1;
