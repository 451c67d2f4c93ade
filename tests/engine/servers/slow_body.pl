# Announces ten bytes and a hundred more, and sends one of them a second.
use strict;
use warnings;
use IO::Socket::INET;

$| = 1;
$SIG{TERM} = sub { exit 0 };
$SIG{PIPE} = 'IGNORE';
my $listener = IO::Socket::INET->new(LocalAddr => '0.0.0.0', LocalPort => 9000, Listen => 16, ReuseAddr => 1) or die $!;
$SIG{CHLD} = 'IGNORE';
print "one moment please\n";
while (my $connection = $listener->accept) {
    if (!fork) {
        sysread $connection, my $request, 65536;
        print {$connection} "HTTP/1.1 200 OK\r\nContent-Length: 110\r\n\r\n";
        for (1 .. 110) { print {$connection} 'x' or last; sleep 1 }
        exit 0;
    }
    close $connection;
}
