# Listens on every address, but on another port than the platform asks for.
use strict;
use warnings;
use IO::Socket::INET;

$| = 1;
$SIG{TERM} = sub { exit 0 };
my $listener = IO::Socket::INET->new(LocalAddr => '0.0.0.0', LocalPort => 9001, Listen => 16, ReuseAddr => 1) or die $!;
print "serving on port 9001\n";
while (my $connection = $listener->accept) { close $connection }
