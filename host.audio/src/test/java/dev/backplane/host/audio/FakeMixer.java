package dev.backplane.host.audio;

import java.io.ByteArrayOutputStream;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.concurrent.Semaphore;

import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.DataLine;
import javax.sound.sampled.Line;
import javax.sound.sampled.Mixer;
import javax.sound.sampled.SourceDataLine;
import javax.sound.sampled.TargetDataLine;

/** A sound device whose clock is the test: it takes as many blocks as it was told to. */
final class FakeMixer {
    final ByteArrayOutputStream heard = new ByteArrayOutputStream();
    /** Blocks that it takes before it makes its writer wait. */
    final Semaphore time = new Semaphore(0);
    volatile int opened;
    volatile int closed;
    private final int onlyRate;
    private final boolean records;

    /**
     * @param onlyRate the rate that it has, or 0 for any
     * @param records  whether it has a microphone, which hears a ramp
     */
    FakeMixer(int onlyRate, boolean records) {
        this.onlyRate = onlyRate;
        this.records = records;
    }

    private static final class Info extends Mixer.Info {
        Info() {
            super("fake loudspeaker", "test", "a sound device of the tests", "1");
        }
    }

    Mixer mixer() {
        return proxy(Mixer.class, (self, method, args) -> switch (method.getName()) {
            case "getMixerInfo" -> new Info();
            case "isLineSupported" -> has((Line.Info) args[0]);
            case "getLine" -> line((DataLine.Info) args[0]);
            default -> throw new UnsupportedOperationException(method.getName());
        });
    }

    private boolean has(Line.Info info) {
        boolean kind = info.getLineClass() == SourceDataLine.class || records && info.getLineClass() == TargetDataLine.class;
        boolean rate = onlyRate == 0 || !(info instanceof DataLine.Info data)
            || data.getFormats()[0].getSampleRate() == onlyRate;
        return kind && rate;
    }

    private Line line(DataLine.Info info) {
        AudioFormat format = info.getFormats()[0];
        int[] ramp = {0};
        InvocationHandler handler = (self, method, args) -> switch (method.getName()) {
            case "getFormat" -> format;
            case "open" -> {
                opened++;
                yield null;
            }
            case "start", "drain" -> null;
            case "close" -> {
                closed++;
                time.release(1000);
                yield null;
            }
            case "write" -> {
                time.acquire();
                synchronized (heard) {
                    heard.write((byte[]) args[0], (int) args[1], (int) args[2]);
                }
                yield args[2];
            }
            case "read" -> {
                time.acquire();
                byte[] to = (byte[]) args[0];
                for (int i = 0; i < to.length; i += 2) {
                    int value = ramp[0]++ & 0x3FFF;
                    to[i] = (byte) value;
                    to[i + 1] = (byte) (value >> 8);
                }
                yield args[2];
            }
            default -> throw new UnsupportedOperationException(method.getName());
        };
        return proxy(info.getLineClass().asSubclass(Line.class), handler);
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        // of the JDK's loader, as the lines of the JDK's own devices are
        return type.cast(Proxy.newProxyInstance(null, new Class<?>[] {type}, handler));
    }

    /** The first channel of what was heard. */
    short[] heard(int channels) {
        byte[] pcm;
        synchronized (heard) {
            pcm = heard.toByteArray();
        }
        short[] samples = new short[pcm.length / 2 / channels];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (short) (pcm[i * 2 * channels] & 0xFF | pcm[i * 2 * channels + 1] << 8);
        }
        return samples;
    }
}
