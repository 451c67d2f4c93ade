# Answers as it should, while its children fork until the limit and then go on trying.
use strict;
use warnings;
use IO::Socket::INET;

$| = 1;
$SIG{TERM} = sub { exit 0 };
$SIG{CHLD} = 'IGNORE';
print "breeding\n";
if (!fork) {
    # The pause is for the machine: a fork that fails at once, over and over, is a load without being a finding.
    my $said = 0;
    while (1) {
        next if defined fork;
        print "no more children: $!\n" unless $said++;
        select undef, undef, undef, 0.05;
    }
}
my $listener = IO::Socket::INET->new(LocalAddr => '0.0.0.0', LocalPort => 9000, Listen => 16, ReuseAddr => 1) or die $!;
while (my $connection = $listener->accept) {
    next unless sysread $connection, my $request, 65536;
    print {$connection} "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    close $connection;
}
