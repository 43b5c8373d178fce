package dev.backplane.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.backplane.dist.Distribution.Outcome;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.rendering.ImageType;
import org.apache.pdfbox.rendering.PDFRenderer;
import org.apache.pdfbox.text.PDFTextStripper;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A printer under an unmodified Debian kernel: text in two code pages whose paper runs out, a machine that is saved in
 * the middle of it while a tune plays, and pictures as CUPS' own filters print them.
 */
@Tag("slow")
class PrintIT {

    private static final int PAGES = 3;
    private static final int LINES = 50;
    private static final int SECONDS = 15;
    private static final int DPI = 36;
    private static final List<String> PICTURES = List.of("epson", "laserjet", "deskjet");

    @TempDir
    private Path folder;

    private static String run(String command, String mark) {
        return "vm:send t '" + command + "; echo " + mark + "$((1 + 1))\\n'\nvm:expect t " + mark + "2 300s | cat\n";
    }

    private static String line(int page, int line) {
        return page == 2 ? "\u0421\u0442\u0440\u0430\u043D\u0438\u0446\u0430 " + page + ", \u0441\u0442\u0440\u043E\u043A\u0430 "
                + line : "page " + page + ", line " + line + ": Gr\u00FC\u00DFe \u00E0 la carte, \u00A3\u00A5";
    }

    /** An ESC/P job: a page in code page 437, one in 866, one in 437; on a disk of whole sectors. */
    private int textJob(Path disk) throws IOException {
        ByteArrayOutputStream job = new ByteArrayOutputStream();
        job.writeBytes(new byte[] {0x1B, '@', 0x1B, '(', 't', 3, 0, 1, 1, 0, 0x1B, '(', 't', 3, 0, 2, 14, 0});
        for (int page = 1; page <= PAGES; page++) {
            job.writeBytes(new byte[] {0x1B, 't', (byte) (page == 2 ? 2 : 1)});
            for (int i = 1; i <= LINES; i++) {
                job.writeBytes((line(page, i) + "\r\n").getBytes(Charset.forName(page == 2 ? "IBM866" : "IBM437")));
            }
            job.write('\f');
        }
        job.writeBytes(new byte[] {0x1B, '@'});
        int length = job.size();
        job.writeBytes(new byte[512 - length % 512]);
        Files.write(disk, job.toByteArray());
        return length;
    }

    private Outcome play(String name, String script) throws Exception {
        Path file = Files.writeString(folder.resolve(name + ".gsh"), script);
        Outcome outcome = Distribution.built(folder.resolve(name)).run(Duration.ofMinutes(12), Map.of(), "run",
                file.toString());
        assertEquals(0, outcome.status(), () -> outcome.err() + outcome.out());
        return outcome;
    }

    @Test
    void textPicturesAndATuneComeOutWholeThoughPaperRunsOutAndTheRuntimeEndsInTheMiddle() throws Exception {
        Path prints = folder.resolve("prints");
        Path sounds = folder.resolve("sounds");
        Path state = folder.resolve("t.state");
        Path root = Files.copy(Guests.file("root.img"), folder.resolve("root.img"));
        Path text = folder.resolve("text.img");
        int length = textJob(text);
        String before = "vm:create t --memory 512M" + Guests.boot("vmlinuz-full", "initrd-full.img")
                + " --append \"console=ttyS0 root=/dev/vda rw quiet\"\n"
                + "vm:add t virtio-blk image=" + root + "\n"
                + "vm:add t virtio-blk readonly=on image=" + Guests.file("prints.img") + "\n"
                + "vm:add t virtio-blk readonly=on image=" + text + "\n"
                + "vm:add t hda audio=wav audio.folder=" + sounds + "\n"
                + "vm:add t printer sheets=1 idle=2s pages.folder=" + prints + "\n"
                + "vm:start t\nvm:expect t \"# $\" 300s\n"
                + run("cd /tmp; modprobe -a snd_hda_intel lp; until [ -e /dev/lp0 -a -e /proc/asound/card0 ]; do "
                        + "sleep 0.2; done; amixer -q set Master 100% unmute; sox -n -r 48000 -c 2 -b 16 tone.wav synth "
                        + SECONDS + " sine 440 vol 0.9; mount -o ro,noload /dev/vdb /mnt; head -c " + length
                        + " /dev/vdc >text", "READY")
                + "vm:send t 'aplay -q -D plughw:0 --buffer-time 600000 tone.wav & cat text >/dev/lp0 & "
                + "until dmesg | grep -q \"lp0 out of paper\"; do sleep 0.2; done; echo OUT$((1 + 1))\\n'\n"
                + "vm:expect t OUT2 100s | cat\nprinter:show t\nsound:show t\n"
                + "vm:pause t\nvm:save t " + state + "\nvm:stop t\n";
        String seen = play("before", before).out();
        assertTrue(seen.contains("out of paper"), seen);
        StringBuilder after = new StringBuilder("vm:restore " + state + " --resume\nprinter:show t\nprinter:paper t a4\n"
                + run("wait", "BOTH"));
        for (String picture : PICTURES) {
            after.append(run("sleep 4; cat /mnt/" + picture + ".prn >/dev/lp0", picture.toUpperCase()));
        }
        after.append(run("sleep 4; dmesg -l emerg,alert,crit | grep -v printk", "QUIET"))
                .append("printer:panel t finish\nprinter:jobs\nvm:log t --lines 30\nvm:stop t\n");
        String all = seen + play("after", after.toString()).out();
        List<Path> jobs;
        try (Stream<Path> files = Files.list(prints)) {
            jobs = files.filter(f -> !f.getFileName().toString().startsWith(".")).sorted().toList();
        }
        assertEquals(1 + PICTURES.size(), jobs.size(), () -> jobs + all);
        assertText(jobs.getFirst());
        BufferedImage wanted = wanted();
        for (int i = 0; i < PICTURES.size(); i++) {
            assertPicture(PICTURES.get(i), wanted, jobs.get(i + 1));
        }
        try (Stream<Path> files = Files.list(sounds)) {
            Tone.assertWhole(files.sorted().toList(), 1, SECONDS, all);
        }
    }

    private static void assertText(Path file) throws IOException {
        try (PDDocument pdf = Loader.loadPDF(file.toFile())) {
            assertEquals(PAGES, pdf.getNumberOfPages());
            for (int page = 1; page <= PAGES; page++) {
                PDFTextStripper stripper = new PDFTextStripper();
                stripper.setStartPage(page);
                stripper.setEndPage(page);
                List<String> expected = new ArrayList<>();
                for (int i = 1; i <= LINES; i++) {
                    expected.add(line(page, i));
                }
                assertEquals(expected, stripper.getText(pdf).lines().map(String::strip)
                        .filter(line -> !line.isEmpty()).toList());
            }
        }
    }

    /** The picture as Ghostscript draws it. */
    private BufferedImage wanted() throws Exception {
        Path png = folder.resolve("wanted.png");
        Process gs = new ProcessBuilder("gs", "-q", "-dNOPAUSE", "-dBATCH", "-dSAFER", "-sDEVICE=pnggray",
                "-r" + 4 * DPI, "-dDownScaleFactor=4", "-dDEVICEWIDTHPOINTS=595", "-dDEVICEHEIGHTPOINTS=842",
                "-sOutputFile=" + png, Path.of("..", "guest", "prints", "picture.ps").toString()).inheritIO().start();
        assertTrue(gs.waitFor(1, TimeUnit.MINUTES) && gs.exitValue() == 0, "gs");
        return ImageIO.read(png.toFile());
    }

    private static void assertPicture(String name, BufferedImage wanted, Path file) throws IOException {
        try (PDDocument pdf = Loader.loadPDF(file.toFile())) {
            assertEquals(1, pdf.getNumberOfPages(), name);
            BufferedImage printed = new PDFRenderer(pdf).renderImageWithDPI(0, DPI, ImageType.GRAY);
            double best = 255;
            // a driver leaves out the margins that its printer cannot reach; ours reaches the edge
            for (int dy = -DPI / 2; dy <= DPI / 2; dy++) {
                for (int dx = -DPI / 2; dx <= DPI / 2; dx++) {
                    best = Math.min(best, difference(wanted, printed, dx, dy));
                }
            }
            double blank = difference(wanted, new BufferedImage(1, 1, BufferedImage.TYPE_BYTE_GRAY), 0, 0);
            double found = best;
            assertTrue(best < blank / 8, () -> name + " differs by " + found + " of 255, a blank page by " + blank);
        }
    }

    /** The mean over what is not margin; beyond the printed picture is white. */
    private static double difference(BufferedImage wanted, BufferedImage printed, int dx, int dy) {
        int margin = DPI / 2;
        long sum = 0;
        int count = 0;
        for (int y = margin; y < wanted.getHeight() - margin; y++) {
            for (int x = margin; x < wanted.getWidth() - margin; x++) {
                boolean inside = x + dx >= 0 && y + dy >= 0 && x + dx < printed.getWidth()
                        && y + dy < printed.getHeight() && printed.getWidth() > 1;
                int is = inside ? printed.getRaster().getSample(x + dx, y + dy, 0) : 255;
                sum += Math.abs(wanted.getRaster().getSample(x, y, 0) - is);
                count++;
            }
        }
        return sum / (double) count;
    }
}
