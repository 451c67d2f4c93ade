# Answers every connection with bytes that are no HTTP.
use strict;
use warnings;
use IO::Socket::INET;

$| = 1;
$SIG{TERM} = sub { exit 0 };
$SIG{PIPE} = 'IGNORE';
my $listener = IO::Socket::INET->new(LocalAddr => '0.0.0.0', LocalPort => 9000, Listen => 16, ReuseAddr => 1) or die $!;
print "greeting everybody\n";
while (my $connection = $listener->accept) {
    print {$connection} "\x00\xff\xfe 220 mail.example ESMTP ready\r\n\r\n";
    shutdown $connection, 1;
    # Reading on until the other end hangs up: closing with unread bytes would reset the connection.
    1 while sysread $connection, my $dropped, 4096;
    close $connection;
}
