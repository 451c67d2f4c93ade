# Answers every request with one header that never ends; the next request gets headers without end.
use strict;
use warnings;
use IO::Socket::INET;

$| = 1;
$SIG{TERM} = sub { exit 0 };
$SIG{PIPE} = 'IGNORE';
my $listener = IO::Socket::INET->new(LocalAddr => '0.0.0.0', LocalPort => 9000, Listen => 16, ReuseAddr => 1) or die $!;
print "a few words about me first\n";
my $answers = 0;
while (my $connection = $listener->accept) {
    next unless sysread $connection, my $request, 65536;
    print {$connection} "HTTP/1.1 200 OK\r\nX-Long: ";
    my $block = $answers++ % 2 ? "a\r\nX-Another: " x 8192 : 'x' x (1 << 17);
    # 64 GB are without end to anybody who waits for it.
    for (1 .. 1 << 19) { print {$connection} $block or last }
    close $connection;
}
