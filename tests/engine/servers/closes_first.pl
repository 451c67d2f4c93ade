# Binds its port without SO_REUSEADDR and ends each connection itself, so that its side is the one that would wait.
use strict;
use warnings;
use Socket;

$| = 1;
socket my $listener, PF_INET, SOCK_STREAM, 0 or die $!;
if (!bind $listener, pack_sockaddr_in(9000, INADDR_ANY)) {
    print "cannot bind: $!\n";
    exit 1;
}
listen $listener, 16 or die $!;
print "bound\n";
while (accept my $connection, $listener) {
    sysread $connection, my $word, 1;
    syswrite $connection, "bye";
    close $connection;
}
