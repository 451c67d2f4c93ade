# Answers every request with 100 MB, as a function does that returns the wrong variable.
use strict;
use warnings;
use IO::Socket::INET;

$| = 1;
$SIG{TERM} = sub { exit 0 };
$SIG{PIPE} = 'IGNORE';
my $listener = IO::Socket::INET->new(LocalAddr => '0.0.0.0', LocalPort => 9000, Listen => 16, ReuseAddr => 1) or die $!;
print "answering at length\n";
my $block = 'x' x (1 << 20);
while (my $connection = $listener->accept) {
    next unless sysread $connection, my $request, 65536;
    print {$connection} "HTTP/1.1 200 OK\r\nContent-Length: ", 100 * (1 << 20), "\r\n\r\n";
    for (1 .. 100) { print {$connection} $block or last }
    close $connection;
}
