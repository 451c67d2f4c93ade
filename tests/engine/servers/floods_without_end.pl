# Answers as it should, while a child writes into the log as fast as it can and never ends by itself.
use strict;
use warnings;
use IO::Socket::INET;

$SIG{TERM} = sub { exit 0 };
$SIG{PIPE} = 'IGNORE';
if (!fork) {
    my $lines = ('debug: ' . '-' x 93 . "\n") x 640;
    1 while syswrite STDOUT, $lines;
    exit 1;
}
my $listener = IO::Socket::INET->new(LocalAddr => '0.0.0.0', LocalPort => 9000, Listen => 16, ReuseAddr => 1) or die $!;
while (my $connection = $listener->accept) {
    next unless sysread $connection, my $request, 65536;
    print {$connection} "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    close $connection;
}
