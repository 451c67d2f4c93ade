# Answers every request with a gigabyte; by turns its length is announced, and the body comes in pieces without one.
use strict;
use warnings;
use IO::Socket::INET;

$| = 1;
$SIG{TERM} = sub { exit 0 };
$SIG{PIPE} = 'IGNORE';
my $listener = IO::Socket::INET->new(LocalAddr => '0.0.0.0', LocalPort => 9000, Listen => 16, ReuseAddr => 1) or die $!;
print "answering at length\n";
my $block = 'x' x (1 << 20);
my $answers = 0;
while (my $connection = $listener->accept) {
    next unless sysread $connection, my $request, 65536;
    my $pieces = $answers++ % 2;
    print {$connection} "HTTP/1.1 200 OK\r\n",
        $pieces ? "Transfer-Encoding: chunked\r\n\r\n" : 'Content-Length: ' . (1 << 30) . "\r\n\r\n";
    for (1 .. 1024) { print {$connection} $pieces ? "100000\r\n$block\r\n" : $block or last }
    close $connection;
}
