# Answers as it should, and writes 60,000 lines and one line of a megabyte into its log for every request.
use strict;
use warnings;
use IO::Socket::INET;

$SIG{TERM} = sub { exit 0 };
$SIG{PIPE} = 'IGNORE';
my $listener = IO::Socket::INET->new(LocalAddr => '0.0.0.0', LocalPort => 9000, Listen => 16, ReuseAddr => 1) or die $!;
my $line = 'debug: ' . '-' x 93 . "\n";
while (my $connection = $listener->accept) {
    next unless sysread $connection, my $request, 65536;
    print $line for 1 .. 60_000;
    print 'y' x (1 << 20), "\n";
    print {$connection} "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    close $connection;
}
