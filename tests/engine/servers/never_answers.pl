# Takes every connection and keeps it without a word. SIGTERM is not heard either: it is PID 1 without a handler.
use strict;
use warnings;
use IO::Socket::INET;

$| = 1;
my $listener = IO::Socket::INET->new(LocalAddr => '0.0.0.0', LocalPort => 9000, Listen => 16, ReuseAddr => 1) or die $!;
print "thinking about it\n";
my @kept;
while (my $connection = $listener->accept) { push @kept, $connection }
