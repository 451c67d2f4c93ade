# Listens on the right port, where nobody outside of the container can reach it.
use strict;
use warnings;
use IO::Socket::INET;

$| = 1;
$SIG{TERM} = sub { exit 0 };
my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 9000, Listen => 16, ReuseAddr => 1) or die $!;
print "serving on 127.0.0.1:9000\n";
while (my $connection = $listener->accept) { close $connection }
