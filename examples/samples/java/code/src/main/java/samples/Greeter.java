package samples;

import com.aliyun.fc.runtime.Context;
import com.aliyun.fc.runtime.PreFreezeHandler;
import com.aliyun.fc.runtime.PreStopHandler;
import com.aliyun.fc.runtime.StreamRequestHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

/** Greets, and lets nobody wait for a greeting to be counted: that is done before the freeze. */
public final class Greeter implements StreamRequestHandler, PreFreezeHandler, PreStopHandler {
    private final AtomicInteger uncounted = new AtomicInteger();
    private final AtomicInteger counted = new AtomicInteger();

    @Override
    public void handleRequest(InputStream input, OutputStream output, Context context) throws IOException {
        uncounted.incrementAndGet();
        output.write("good day".getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void preFreeze(Context context) throws IOException {
        counted.addAndGet(uncounted.getAndSet(0));
    }

    @Override
    public void preStop(Context context) throws IOException {
        System.out.println("greetings of this instance: " + counted.get());
    }
}
