# Asks the kernel to wait two minutes for the other end of its connections, which nobody may have closed by then.
use strict;
use warnings;
use Socket qw(:DEFAULT IPPROTO_TCP);

use constant TCP_LINGER2 => 8;

$| = 1;
socket my $listener, PF_INET, SOCK_STREAM, 0 or die $!;
setsockopt $listener, IPPROTO_TCP, TCP_LINGER2, pack('i', 120) or die $!;
bind $listener, pack_sockaddr_in(9000, INADDR_ANY) or die $!;
listen $listener, 16 or die $!;
print "bound\n";
my @kept;
while (accept my $connection, $listener) {
    push @kept, $connection;
    print "taken\n";
}
