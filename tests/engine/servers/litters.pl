# Leaves what it can: listeners of a child's own, abstract unix sockets, connections that are never finished; and tries
# to change what the namespace itself is.
use strict;
use warnings;
use Errno;
use Fcntl;
use POSIX ();
use Socket;

use constant {
    SIOCADDRT      => 0x890b,
    SIOCSIFFLAGS   => 0x8914,
    SIOCSIFADDR    => 0x8916,
    SYS_UNSHARE    => 272,
    SYS_MOUNT      => 165,
    CLONE_NEWUSER  => 0x10000000,
    CLONE_NEWNET   => 0x40000000,
    MS_REMOUNT     => 32,
    MS_BIND        => 4096,
};

$| = 1;
$SIG{$_} = 'IGNORE' for qw(TERM HUP INT PIPE);

sub told {
    my ($what, $done) = @_;
    print "$what: ", ($done ? 'DONE' : "refused, $!"), "\n";
}

sub listening {
    my ($family, $address, $backlog) = @_;
    socket my $made, $family, SOCK_STREAM, 0 or die $!;
    bind $made, $address or die "bind: $!";
    listen $made, $backlog or die $!;
    return $made;
}

# A child that has a session of its own and outlives its parent.
if (!fork) {
    if (!fork) {
        POSIX::setsid();
        my $tcp = listening(PF_INET, pack_sockaddr_in(9001, INADDR_ANY), 16);
        my $unix = listening(PF_UNIX, pack_sockaddr_un("\0fc-left-behind"), 16);
        socket my $udp, PF_INET, SOCK_DGRAM, 0 or die $!;
        bind $udp, pack_sockaddr_in(9002, INADDR_ANY) or die $!;
        print "the child listens\n";
        sleep 1 while 1;
    }
    exit 0;
}

# Its own port, at which nobody ever takes a connection: a few are made, the others stay half made.
my $port = listening(PF_INET, pack_sockaddr_in(9000, INADDR_ANY), 4);
my @half;
for (1 .. 12) {
    socket my $made, PF_INET, SOCK_STREAM, 0 or die $!;
    fcntl $made, F_SETFL, O_NONBLOCK or die $!;
    connect $made, pack_sockaddr_in(9000, inet_aton('192.0.2.2'));
    syswrite $made, 'half a request';
    push @half, $made;
}

for my $setting (qw(tcp_max_tw_buckets tcp_fin_timeout ip_local_port_range ip_unprivileged_port_start)) {
    my $file;
    told("set $setting", (open $file, '>', "/proc/sys/net/ipv4/$setting") && (syswrite $file, "1000\n"));
}
socket my $control, PF_INET, SOCK_DGRAM, 0 or die $!;
my $address = pack('S n a4 x8', AF_INET, 0, inet_aton('192.0.2.3'));
told('add an address', ioctl $control, SIOCSIFADDR, my $new = pack('a16 a16', 'lo:7', $address));
my $route = pack('x8 a16 a16 a16 S x6 x64', pack('S n a4 x8', AF_INET, 0, inet_aton('198.51.100.0')),
    pack('S n a4 x8', AF_INET, 0, inet_aton('192.0.2.1')), pack('S n a4 x8', AF_INET, 0, inet_aton('255.255.255.0')), 3);
told('add a route', ioctl $control, SIOCADDRT, $route);
told('take the interface down', ioctl $control, SIOCSIFFLAGS, my $down = pack('a16 S x14', 'lo', 0));
told('make a namespace of users', syscall(SYS_UNSHARE, CLONE_NEWUSER | CLONE_NEWNET) == 0);
my ($none, $there) = ('none', '/proc/sys');
told('make the settings writable', syscall(SYS_MOUNT, $none, $there, $none, MS_REMOUNT | MS_BIND, 0) == 0);
told('open a raw socket', socket my $raw, PF_INET, SOCK_RAW, 1);
told('open a packet socket', socket my $packet, 17, SOCK_RAW, 0);
print "all tried\n";
sleep 1 while 1;
