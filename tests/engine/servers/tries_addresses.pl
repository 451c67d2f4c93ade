# Tries to speak to each address of TARGETS (tcp:ADDRESS:PORT or unix:NAME, the abstract one) and tells which answer.
use strict;
use warnings;
use IO::Socket::INET;
use Socket;

$| = 1;
for my $target (split ' ', $ENV{TARGETS}) {
    my ($kind, $where, $port) = split /:/, $target;
    my $made;
    if ($kind eq 'unix') {
        socket $made, PF_UNIX, SOCK_STREAM, 0 or die $!;
        undef $made if !connect $made, pack_sockaddr_un("\0$where");
    } else {
        $made = IO::Socket::INET->new(PeerAddr => $where, PeerPort => $port, Timeout => 3);
    }
    if (!$made) {
        print "not reached $target: $!\n";
        next;
    }
    syswrite $made, "GET /nothing HTTP/1.0\r\n\r\n";
    sysread $made, my $answer, 200;
    $answer = defined $answer ? (split /\r\n/, $answer)[0] // '' : $!;
    print "reached $target: $answer\n";
}
print "all tried\n";
sleep 1 while 1;
