# Does what a function does, but for its words: markup, terminal escapes, bytes that are no text, wherever words can be.
use strict;
use warnings;
use IO::Socket::INET;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

$| = 1;
$SIG{TERM} = sub { exit 0 };
$SIG{PIPE} = 'IGNORE';

my $markup = q{<script>document.title='pwned'</script><img src=x onerror=document.title='pwned'>]]>&lt;};
# Clear the screen, set the window's title, overprint, delete backwards, an 8-bit control sequence, turn the text round.
my $escapes = "\e[2J\e[31m\e]0;pwned\a\rOVER\b\b\b\xc2\x9b2J\xe2\x80\xaepwned\xe2\x80\xac\x7f";
my $no_text = "\x00\xff\xfe\xed\xa0\x80";
my $nasty = "$markup$escapes$no_text";
# What may stand in a request ID or in a header: no space, no comma, no line break.
(my $word = $nasty) =~ s/[\s,]/_/g;
# The same as JSON: control characters as JSON writes them, and the bytes that are no text as they are.
(my $json = $markup . $escapes) =~ s/([\x00-\x1f])/sprintf '\\u%04x', ord $1/ge;
$json .= '\\u0000\\ud800' . "\xff\xfe";

sub now { return sprintf '%d', clock_gettime(CLOCK_MONOTONIC) * 1e9 }

sub record {
    my ($name, $rest) = @_;
    syswrite STDOUT, qq({"record": "$name", "t": @{[now()]}$rest}\n);
}

print "$nasty\n", "$nasty\n";
record('loaded', ', "counter": 0');
# Numbers beyond all numbers, times before and after all time, a name that is markup.
record('tick', ', "n": ' . '9' x 400);
syswrite STDOUT, '{"record": "tick", "t": ' . '9' x 400 . qq(, "n": 1}\n);
syswrite STDOUT, qq({"record": "tick", "t": -9223372036854775808, "n": 1}\n);
record($json, '');
if (!fork) {
    # The heartbeat: it keeps the platform from waiting for one.
    my $n = 0;
    while (getppid() == 1) { record('tick', qq(, "n": @{[$n++]})); select undef, undef, undef, 0.01 }
    exit 0;
}

my $listener = IO::Socket::INET->new(LocalAddr => '0.0.0.0', LocalPort => 9000, Listen => 16, ReuseAddr => 1) or die $!;
my %names = ('/invoke' => ['Invoke', 'invoke'], '/pre-freeze' => ['PreFreeze', 'pre-freeze'], '/pre-stop' => ['PreStop', 'pre-stop']);
my $count = 0;
while (my $connection = $listener->accept) {
    next unless sysread $connection, my $request, 65536;
    my ($path) = $request =~ m{^\S+ (\S+)};
    my ($id) = $request =~ /x-fc-request-id: (\S+)/i;
    my ($label, $name) = @{ $names{$path} // ['Invoke', 'invoke'] };
    $count++;
    print "FC $label Start RequestId: $id$word\n", "FC $label Start RequestId: $id\n";
    record("$name.start", qq(, "request_id": "$id", "args": ["$json"], "event": "$json", "counter": 0, )
        . qq("method": "$json", "path": "$json", "context": {"request_id": "$json", "$json": "$json"}));
    record("$name.end", qq(, "request_id": "$json", "counter": 1, "result": "$json"));
    record("$name.end", qq(, "request_id": "$id", "counter": 1, "result": "$json"));
    print "FC $label End RequestId: $id, Error: $nasty\n";
    print "\0FC $label End RequestId: $word\0\n";
    if ($count % 3 == 0) {
        print {$connection} "$nasty\r\n\r\n";
    } else {
        print {$connection} "HTTP/1.1 500 $word\r\nX-$word: $word\r\nX-Fc-Request-Id: $word\r\n",
            'Content-Length: ' . length($nasty) . "\r\n\r\n$nasty";
    }
    shutdown $connection, 1;
    1 while sysread $connection, my $dropped, 4096;
    close $connection;
}
