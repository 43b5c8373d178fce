package dev.backplane.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.backplane.dist.Distribution.Outcome;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import javax.sound.sampled.AudioFileFormat;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Sound cards under an unmodified Debian kernel. {@code -Dbackplane.sound.seconds} is how long each tone is (3 if not
 * said; 30 for the long form).
 */
@Tag("slow")
class SoundIT {

    private static final int SECONDS = Integer.getInteger("backplane.sound.seconds", 3);
    private static final int HEARD_BYTES = 48_000 * 4 * 2;

    @TempDir
    private Path folder;

    /** Types a command and waits for its end. */
    private static String run(String command, String mark) {
        return "vm:send t '" + command + "; echo " + mark + "$((1 + 1))\\n'\nvm:expect t " + mark + "2 "
                + (300 + 10 * SECONDS) + "s | cat\n";
    }

    private byte[] microphone(Path file) throws IOException {
        byte[] noise = new byte[HEARD_BYTES * 2];
        new Random(6).nextBytes(noise);
        AudioSystem.write(new AudioInputStream(new ByteArrayInputStream(noise), new AudioFormat(48_000, 16, 2, true,
                false), noise.length / 4), AudioFileFormat.Type.WAVE, file.toFile());
        return noise;
    }

    /** A machine with both cards and the PC speaker, booted, at full volume. */
    private String machine(Path sounds, Path microphone) {
        String audio = " audio=wav audio.folder=" + sounds;
        return "vm:create t --memory 512M" + Guests.boot("vmlinuz-full", "initrd-full.img")
                + " --append \"console=ttyS0 root=/dev/vda rw quiet\"\n"
                + "vm:add t virtio-blk snapshot=on image=" + Guests.file("root.img") + "\n"
                + "vm:add t hda" + audio + " audio.microphone=" + microphone + "\n"
                + "vm:add t ac97" + audio + " audio.microphone=" + microphone + "\n"
                + "vm:add t pcspk" + audio + "\n"
                + "vm:start t\nvm:expect t \"# $\" 300s\n"
                + run("cd /tmp; modprobe -a snd_hda_intel snd_intel8x0 pcspkr; until [ -e /proc/asound/card1 ]; do "
                        + "sleep 0.2; done; for c in 0 1; do amixer -q -c $c set Master 100% unmute; amixer -q -c $c set "
                        + "PCM 0dB unmute 2>/dev/null; amixer -q -c $c set Capture 0dB cap; done; for r in 44100 48000; do "
                        + "for c in 1 2; do sox -n -r $r -c $c -b 16 t$r-$c.wav synth " + SECONDS
                        + " sine 440 vol 0.9; done; done", "READY");
    }

    private Outcome play(String script) throws Exception {
        Path file = Files.writeString(folder.resolve("sound.gsh"), script);
        Outcome outcome = Distribution.built(folder.resolve("data")).run(Duration.ofMinutes(15).plusSeconds(SECONDS * 20L),
                Map.of(), "run", file.toString());
        assertEquals(0, outcome.status(), () -> outcome.err() + outcome.out());
        return outcome;
    }

    private static List<Path> files(Path folder, String start) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> f.getFileName().toString().startsWith(start)).sorted().toList();
        }
    }

    @Test
    void tonesOfAllFormatsAndMicrophonesOfBothCardsAreRightAlsoUnderLoadAndAfterACardWasPulled() throws Exception {
        Path sounds = folder.resolve("sounds");
        Path microphone = folder.resolve("microphone.wav");
        byte[] noise = microphone(microphone);
        Path recorded = folder.resolve("recorded.wav");
        String both = "for c in 0 1; do aplay -q -D plughw:$c %s --buffer-time 600000 & done; wait";
        String script = machine(sounds, microphone)
                + run("for f in t*.wav; do " + both.formatted("$f") + "; done", "TONES")
                + run("for c in 0 1; do arecord -q -D hw:$c,0 -f S16_LE -r 48000 -c 2 -d 3 -t raw x$c; head -c "
                        + HEARD_BYTES + " x$c | sha256sum; done", "HEARD")
                + "sound:record t " + recorded + " --card hda0\n"
                + run("stress-ng -q --cpu 1 --cpu-load 90 -t " + (SECONDS + 5) + " & sleep 1; "
                        + both.formatted("t48000-2.wav"), "LOADED")
                + "sound:show t\nsound:list\nsound:record t --stop\n"
                + run("printf \"\\\\a\" >/dev/tty1; sleep 2", "BELL")
                + "vm:remove t hda0\n"
                + run("until [ $(grep -c \"]:\" /proc/asound/cards) = 1 ]; do sleep 0.2; done", "PULLED")
                + "vm:add t hda audio=wav audio.folder=" + sounds + " --id again\n"
                + run("until [ $(grep -c \"]:\" /proc/asound/cards) = 2 ]; do sleep 0.2; done; "
                        + "c=$(grep HDA-Intel /proc/asound/cards | cut -c1-2 | tr -d \" \"); "
                        + "amixer -q -c $c set Master 100% unmute; aplay -q -D plughw:$c t44100-2.wav", "AGAIN")
                + run("dmesg -l emerg,alert,crit,err | grep -v printk", "QUIET")
                + "vm:stats t\nvm:log t --lines 200\nvm:stop t\n";
        String out = play(script).out();
        for (String card : List.of("hda0", "ac970")) {
            Tone.assertWhole(files(sounds, "t-" + card + "-line"), 5, SECONDS, out);
        }
        String heard = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256")
                .digest(Arrays.copyOf(noise, HEARD_BYTES)));
        assertEquals(3, out.split(heard, -1).length, () -> heard + " is to be heard by both cards:\n" + out);
        Tone.assertWhole(List.of(recorded), 1, SECONDS, "");
        Tone.assertWhole(files(sounds, "t-again-line"), 1, SECONDS, out);
        Tone bell = Tone.of(files(sounds, "t-pcspk0-speaker").getFirst());
        assertEquals(750, bell.hertz(), 40, "the console's bell");
        assertTrue(bell.frames() > bell.rate() / 10, "it is heard");
    }
}
