package dev.backplane.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.backplane.dist.Distribution.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.text.PDFTextStripper;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Sound cards and a printer under an unmodified Debian kernel: a tone is played and pages are printed while every bundle
 * they are made of is replaced, and the paper runs out. {@code -Dbackplane.peripherals.rounds} is how often (1 if not said;
 * 50 for the long form).
 */
@Tag("slow")
class PeripheralsIT {

    private static final int LINES = 120;
    private static final int ROUNDS = Integer.getInteger("backplane.peripherals.rounds", 1);
    private static final int SECONDS = Math.max(12, 6 * ROUNDS);
    private static final List<String> BUNDLES = List.of("device.sound", "host.audio", "device.printer", "host.print");

    @TempDir
    private Path folder;

    /** Types a command and waits for its end. */
    private static String run(String command, String mark) {
        return "vm:send t '" + command + "; echo " + mark + "$((1 + 1))\\n'\nvm:expect t " + mark + "2 200s | cat\n";
    }

    @Test
    void aToneAndPagesComeOutWholeWhileTheirBundlesAreReplacedAndPaperRunsOut() throws Exception {
        Path prints = folder.resolve("prints");
        Path sounds = folder.resolve("sounds");
        StringBuilder script = new StringBuilder("vm:create t --memory 512M"
                + Guests.boot("vmlinuz-full", "initrd-full.img")
                + " --append \"console=ttyS0 root=/dev/vda rw quiet\"\n"
                + "vm:add t virtio-blk snapshot=on image=" + Guests.file("root.img") + "\n"
                + "vm:add t hda audio=wav audio.folder=" + sounds + "\n"
                + "vm:add t ac97 audio=wav audio.folder=" + sounds + "\n"
                + "vm:add t printer pages=pdf idle=30s codepage=cp850 pages.folder=" + prints + "\n"
                + "vm:start t\nvm:expect t \"# $\" 300s\n");
        script.append(run("modprobe -a snd_hda_intel snd_intel8x0 lp; until [ -e /dev/lp0 -a -e /proc/asound/card1 ]; "
                + "do sleep 0.2; done; for c in 0 1; do amixer -q -c $c set Master 100% unmute; "
                + "amixer -q -c $c set PCM 100% unmute 2>/dev/null; done", "READY"));
        script.append(run("cd /tmp; sox -n -r 48000 -c 2 -b 16 tone.wav synth " + SECONDS + " sine 440 vol 0.9; "
                + "for i in $(seq " + LINES + "); do printf \"line $i of a gr\\\\201n page\\\\r\\\\n\"; done > text",
                "MADE"));
        script.append("vm:send t 'for c in 0 1; do aplay -q -D plughw:$c --buffer-time 600000 "
                + "tone.wav & done; while IFS= read -r l; do echo \"$l\"; sleep " + SECONDS * 0.8 / LINES
                + "; done <text >/dev/lp0; wait; echo PLAYED$((1 + 1))\\n'\n");
        for (int i = 0; i < ROUNDS; i++) {
            for (String bundle : BUNDLES) {
                Path jar = Path.of("target", "backplane", "plugins", "dev.backplane." + bundle + ".jar").toAbsolutePath();
                script.append("plugin:update ")
                        .append(Builds.rebuilt(jar, "0.1.0.next" + i, folder.resolve(bundle + i + ".jar"))).append("\n");
            }
        }
        script.append("vm:expect t PLAYED2 " + (120 + 20 * ROUNDS) + "s | cat\n");
        script.append("printer:panel t finish\nprinter:paper t out\nvm:send t 'cat text >/dev/lp0; echo SECOND$((1 + 1))\\n'\n"
                + "vm:send t '\\n'\nprinter:show\nprinter:paper t a4\nvm:expect t SECOND2 120s | cat\n"
                + "printer:panel t finish\n" + run("dmesg -l emerg,alert,crit,err | grep -v printk", "QUIET")
                + "printer:jobs\nvm:log t --lines 40\nvm:stop t\n");
        Path file = folder.resolve("peripherals.gsh");
        Files.writeString(file, script);
        Outcome outcome = Distribution.built(folder.resolve("data")).run(Duration.ofMinutes(12 + ROUNDS), Map.of(), "run",
                file.toString());
        String all = outcome.out();
        assertEquals(0, outcome.status(), () -> outcome.err() + all);
        assertTrue(all.contains("t:printer0 parked for") && all.contains("t:hda0 parked for"), all);
        assertTrue(all.contains("out of paper"), all);
        assertPrinted(prints, all);
        List<Path> tones;
        try (Stream<Path> files = Files.list(sounds)) {
            tones = files.sorted().toList();
        }
        for (String card : List.of("hda0", "ac970")) {
            Tone.assertWhole(tones.stream().filter(t -> t.getFileName().toString().contains(card)).toList(), 1, SECONDS,
                    all);
        }
    }

    private static void assertPrinted(Path prints, String all) throws Exception {
        List<Path> jobs;
        try (Stream<Path> files = Files.list(prints)) {
            jobs = files.filter(f -> !f.getFileName().toString().startsWith(".")).sorted().toList();
        }
        assertEquals(2, jobs.size(), () -> jobs + all);
        List<String> expected = IntStream.rangeClosed(1, LINES)
                .mapToObj(i -> "line " + i + " of a gr\u00FCn page").toList();
        for (Path job : jobs) {
            try (PDDocument pdf = Loader.loadPDF(job.toFile())) {
                assertEquals(2, pdf.getNumberOfPages());
                List<String> lines = new PDFTextStripper().getText(pdf).lines().map(String::strip)
                        .filter(line -> !line.isEmpty()).toList();
                assertEquals(expected, lines);
            }
        }
    }
}
