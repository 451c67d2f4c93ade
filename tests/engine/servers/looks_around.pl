# Tells what an instance finds on its network, and in the files that the engine shares; opens no socket for that.
use strict;
use warnings;

$| = 1;
for my $path (
    qw(/proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6 /proc/net/unix /proc/net/raw /proc/net/packet),
    qw(/proc/net/netlink /proc/net/fib_trie /proc/net/route /proc/net/if_inet6 /proc/net/arp),
    glob('/proc/sys/net/ipv4/*'), glob('/proc/sys/net/core/*'), glob('/proc/sys/net/unix/*'),
    qw(/etc/hosts /etc/hostname /etc/resolv.conf),
) {
    next if -d $path;
    my $file;
    if (!open $file, '<', $path) {
        print "$path: $!\n";
        next;
    }
    print "$path: $_" while <$file>;
}
system 'getent hosts $(hostname)';
print "all told\n";
sleep 1 while 1;
