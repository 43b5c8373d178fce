package dev.backplane.device.printer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.Test;

import dev.backplane.api.page.Page;
import dev.backplane.device.printer.engine.PaperSize;
import dev.backplane.testkit.TestBench;

class PrinterTest {
    private final Printers printers = new Printers();

    private TestBench plug(String... options) throws Exception {
        TestBench.Builder builder = TestBench.of(new PrinterType(printers));
        for (int i = 0; i < options.length; i += 2) {
            builder.option(options[i], options[i + 1]);
        }
        return builder.plug();
    }

    private static byte[] latin(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Test
    void plainTextIsPrintedInTheCodePageOfTheOption() throws Exception {
        try (TestBench bench = plug("codepage", "cp850")) {
            new ParallelDriver(bench).send(new byte[] {'G', 'r', (byte) 0x81, (byte) 0xE1, 'e', '\n', '\f'});
            assertEquals("Gr\u00FC\u00DFe", Prints.text(bench.pages().pages().getFirst()));
        }
    }

    @Test
    void linesFillPagesAndTheRestComesWhenTheJobIsOver() throws Exception {
        try (TestBench bench = plug()) {
            ParallelDriver driver = new ParallelDriver(bench);
            for (int i = 1; i <= 150; i++) {
                driver.print("line " + i + "\r\n");
            }
            assertEquals(2, bench.pages().pages().size());
            bench.advance(Duration.ofSeconds(20));
            List<Page> pages = bench.pages().pages();
            assertEquals(3, pages.size());
            assertEquals("ended", bench.pages().jobs().getFirst().end());
            StringBuilder all = new StringBuilder();
            pages.forEach(p -> all.append(Prints.text(p)).append('\n'));
            for (int i = 1; i <= 150; i++) {
                assertTrue(all.toString().contains("line " + i + "\n"), "line " + i);
            }
            for (Page page : pages) {
                assertTrue(Prints.texts(page).stream().allMatch(t -> t.y() < page.height() - 2), "on the paper");
            }
        }
    }

    @Test
    void theGuestSeesThatPaperIsOutAndPrintingGoesOnWithoutLossWhenItIsBack() throws Exception {
        try (TestBench bench = plug()) {
            ParallelDriver driver = new ParallelDriver(bench);
            driver.print("before ");
            printers.all().getFirst().panel(e -> {
                e.load(e.paper(), 0);
                return null;
            });
            bench.settle();
            int status = driver.status();
            assertEquals(ParallelDriver.PERROR,
                status & (ParallelDriver.PERROR | ParallelDriver.N_BUSY | ParallelDriver.N_FAULT));
            byte[] rest = latin("and after\f");
            assertEquals(0, driver.send(rest));
            printers.all().getFirst().panel(e -> {
                e.load(PaperSize.A4, -1);
                return null;
            });
            bench.settle();
            assertEquals(0, driver.status() & ParallelDriver.PERROR);
            assertEquals(rest.length, driver.send(rest));
            assertEquals("before and after", Prints.text(bench.pages().pages().getFirst()));
        }
    }

    @Test
    void aJobIsNotOverBeforeTheDriverTriesAgainAfterPaperIsBack() throws Exception {
        try (TestBench bench = plug("idle", "2s")) {
            ParallelDriver driver = new ParallelDriver(bench);
            driver.print("before ");
            printers.all().getFirst().panel(e -> {
                e.load(e.paper(), 0);
                return null;
            });
            pass(bench, 30);
            printers.all().getFirst().panel(e -> {
                e.load(PaperSize.A4, -1);
                return null;
            });
            pass(bench, 12);
            assertEquals(0, bench.pages().pages().size());
            driver.print("and after");
            pass(bench, 3);
            assertEquals("before and after", Prints.text(bench.pages().pages().getFirst()));
        }
    }

    private static void pass(TestBench bench, int seconds) {
        for (int i = 0; i < seconds * 10; i++) {
            bench.advance(Duration.ofMillis(100));
            bench.settle();
        }
    }

    @Test
    void theLastSheetIsPrintedAndThenPaperIsOut() throws Exception {
        try (TestBench bench = plug("sheets", "1")) {
            ParallelDriver driver = new ParallelDriver(bench);
            driver.print("one\f");
            assertTrue((driver.status() & ParallelDriver.PERROR) != 0);
            assertEquals(1, bench.pages().pages().size());
        }
    }

    @Test
    void offlineAndJamAreSeenOnTheirLines() throws Exception {
        try (TestBench bench = plug()) {
            ParallelDriver driver = new ParallelDriver(bench);
            Printer printer = printers.all().getFirst();
            printer.panel(e -> {
                e.offline(true);
                return null;
            });
            bench.settle();
            assertEquals(0, driver.status() & (ParallelDriver.SELECT | ParallelDriver.N_FAULT));
            printer.panel(e -> {
                e.offline(false);
                e.jam(true);
                return null;
            });
            bench.settle();
            assertEquals(ParallelDriver.SELECT,
                driver.status() & (ParallelDriver.SELECT | ParallelDriver.N_FAULT | ParallelDriver.N_BUSY));
        }
    }

    @Test
    void aProblemOfTheHostIsAFaultUntilItIsTriedAgain() throws Exception {
        try (TestBench bench = plug()) {
            ParallelDriver driver = new ParallelDriver(bench);
            bench.pages().problem("the disk is full");
            assertEquals(0, driver.status() & ParallelDriver.N_FAULT);
            printers.all().getFirst().panel(e -> {
                e.jam(false);
                return null;
            });
            bench.settle();
            assertEquals(1, bench.pages().retries());
            assertTrue((driver.status() & ParallelDriver.N_FAULT) != 0);
        }
    }

    @Test
    void escPStylesAndPositionsAreKept() throws Exception {
        try (TestBench bench = plug()) {
            new ParallelDriver(bench).print("\u001B@plain \u001BEbold\u001BF\r\n\u001B$\u003C\0here\r\n\u001BW1wide\f");
            List<Page.Text> runs = Prints.texts(bench.pages().pages().getFirst());
            assertEquals(List.of("plain", "bold", "here", "wide"), runs.stream().map(Page.Text::text).toList());
            assertFalse(runs.get(0).font().bold());
            assertTrue(runs.get(1).font().bold());
            assertEquals(72, runs.get(2).x(), 0.01);
            assertEquals(14.4, runs.get(3).advance(), 0.01);
        }
    }

    @Test
    void escPCodeTablesAreAssignedAndChosen() throws Exception {
        try (TestBench bench = plug()) {
            byte[] job = latin("\u001B@\u001B(t\3\0\1\16\0\u001Bt1\u008F\u00E0\u00A8\f");
            new ParallelDriver(bench).send(job);
            assertEquals("\u041F\u0440\u0438", Prints.text(bench.pages().pages().getFirst()));
        }
    }

    @Test
    void bitImagesOfTwentyFourPinsStandWhereTheyBelong() throws Exception {
        try (TestBench bench = plug()) {
            ByteArrayOutputStream job = new ByteArrayOutputStream();
            job.writeBytes(latin("\u001B@\u001B*\u0027\u0003\0"));
            job.writeBytes(new byte[] {(byte) 0x80, 0, 1, 0x40, 0, 2, (byte) 0x80, 0, 1});
            job.writeBytes(latin("\f"));
            new ParallelDriver(bench).send(job.toByteArray());
            Page.Picture picture = Prints.pictures(bench.pages().pages().getFirst()).getFirst();
            String[] rows = Prints.dots(picture).split("\n");
            assertEquals(24, rows.length);
            assertEquals("#.#", rows[0]);
            assertEquals(".#.", rows[1]);
            assertEquals(".#.", rows[22]);
            assertEquals("#.#", rows[23]);
            assertEquals(24 * 0.4, picture.height(), 0.01);
        }
    }

    @Test
    void escP2RasterRowsAreDecodedAndColoured() throws Exception {
        try (TestBench bench = plug()) {
            ByteArrayOutputStream job = new ByteArrayOutputStream();
            job.writeBytes(latin("\u001B@\u001B(G\1\0\1\u001B(U\1\0\12"));
            job.writeBytes(latin("\u001Br\2"));
            job.writeBytes(new byte[] {0x1B, '.', 1, 10, 10, 1, 16, 0, (byte) 0xFF, (byte) 0xF0});
            job.writeBytes(latin("\r\u001B(v\2\0\1\0"));
            job.writeBytes(new byte[] {0x1B, 'r', 4, 0x1B, '.', 0, 10, 10, 1, 16, 0, (byte) 0xFF, 0});
            job.writeBytes(latin("\f"));
            new ParallelDriver(bench).send(job.toByteArray());
            Page.Picture picture = Prints.pictures(bench.pages().pages().getFirst()).getFirst();
            assertEquals("####....####\n########....\n", Prints.dots(picture));
            assertEquals(0xFF00FFFF, picture.argb(0, 0));
            assertEquals(0xFFFFFF00, picture.argb(0, 1));
            assertEquals(0.2, picture.height() / 2, 0.001);
        }
    }

    @Test
    void pclIsRecognizedAndPrintsTextRulesAndRaster() throws Exception {
        try (TestBench bench = plug()) {
            ByteArrayOutputStream job = new ByteArrayOutputStream();
            job.writeBytes(latin("\u001B%-12345X@PJL JOB\r\n@PJL ENTER LANGUAGE=PCL\r\n\u001BE\u001B&l26A\u001B(12U"));
            job.writeBytes(latin("\u001B&a0r10C"));
            job.write(0x84);
            job.writeBytes(latin("b\u001B*p300x300Y\u001B*c600a3B\u001B*c0P"));
            job.writeBytes(latin("\u001B*t100R\u001B*r1A\u001B*b2m2W"));
            job.writeBytes(new byte[] {(byte) 0xFF, (byte) 0xA5});
            job.writeBytes(latin("\u001B*b0m1W\u00F0\u001B*rB\u001BE\u001B%-12345X@PJL EOJ\r\n"));
            new ParallelDriver(bench).send(job.toByteArray());
            assertEquals("ended", bench.pages().jobs().getFirst().end());
            Page page = bench.pages().pages().getFirst();
            assertEquals(841.89, page.height(), 0.01);
            assertEquals("\u00E4b", Prints.text(page));
            assertEquals(72, Prints.texts(page).getFirst().x(), 0.01);
            Page.Rule rule = page.items().stream().filter(Page.Rule.class::isInstance).map(Page.Rule.class::cast)
                .findFirst().orElseThrow();
            assertEquals(144, rule.width(), 0.01);
            assertEquals("#.#..#.##.#..#.#\n####............\n", Prints.dots(Prints.pictures(page).getFirst()));
        }
    }

    @Test
    void macrosOfPclAreCalledAndTheirRecursionEnds() throws Exception {
        try (TestBench bench = plug("language", "pcl")) {
            new ParallelDriver(bench).print("\u001BE\u001B&f1y0Xdeep \u001B&f1y3X\u001B&f1X\u001B&f1y3X\f");
            assertEquals("deep deep", Prints.text(bench.pages().pages().getFirst()));
            assertEquals(1, bench.counter("beyond-bounds"));
        }
    }

    @Test
    void aPostScriptJobGoesToTheHostAsItIs() throws Exception {
        Documents documents = new Documents();
        try (TestBench bench = TestBench.of(new PrinterType(printers)).host("pages", documents).plug()) {
            new ParallelDriver(bench).print("%!PS-Adobe-3.0\nshowpage\n\4");
            assertArrayEquals(latin("%!PS-Adobe-3.0\nshowpage\n"), documents.data);
        }
    }

    @Test
    void aReplacementAnywhereInAJobIsNotSeen() throws Exception {
        ByteArrayOutputStream job = new ByteArrayOutputStream();
        job.writeBytes(latin("\u001B@\u001B(U\1\0\12text \u001BEbold\u001BF\u001BD\10\20\0\ttab\r\n"));
        job.writeBytes(new byte[] {0x1B, '.', 1, 10, 10, 2, 16, 0, 3, 1, 2, 3, 4});
        job.writeBytes(latin("\u001B*\u0027\u0002\0abcdef\r\nmore\f"));
        byte[] bytes = job.toByteArray();
        List<Page> expected;
        try (TestBench bench = plug()) {
            new ParallelDriver(bench).send(bytes);
            expected = bench.pages().pages();
        }
        try (TestBench bench = plug()) {
            ParallelDriver driver = new ParallelDriver(bench);
            for (int i = 0; i < bytes.length; i++) {
                driver.send(new byte[] {bytes[i]});
                bench.replace();
            }
            assertSame(expected, bench.pages().pages());
        }
    }

    private static void assertSame(List<Page> expected, List<Page> pages) {
        assertEquals(expected.size(), pages.size());
        for (int i = 0; i < pages.size(); i++) {
            assertEquals(Prints.text(expected.get(i)).replace("\n", ""), Prints.text(pages.get(i)).replace("\n", ""));
            List<Page.Picture> before = Prints.pictures(expected.get(i));
            List<Page.Picture> after = Prints.pictures(pages.get(i));
            assertEquals(before.size(), after.size());
            for (int k = 0; k < before.size(); k++) {
                assertEquals(Prints.dots(before.get(k)), Prints.dots(after.get(k)));
            }
        }
    }

    @Test
    void aReplacementAnywhereInAPclJobIsNotSeen() throws Exception {
        byte[] bytes = latin("\u001BE\u001B&l26a6D\u001B(s3Bbold\u001B(s0B\u001B*t75R\u001B*r1A\u001B*b3W\u00F0\u000F\u00AA"
            + "\u001B*b2m2W\u00FE\u0055\u001B*rC\u001B&f2y0Xmac\u001B&f1X\u001B&f2y3X\f\u001BE");
        List<Page> expected;
        try (TestBench bench = plug()) {
            new ParallelDriver(bench).send(bytes);
            expected = bench.pages().pages();
        }
        try (TestBench bench = plug()) {
            ParallelDriver driver = new ParallelDriver(bench);
            for (byte b : bytes) {
                driver.send(new byte[] {b});
                bench.replace();
            }
            assertEquals(1, expected.size());
            assertSame(expected, bench.pages().pages());
        }
    }

    @Test
    void randomRegistersAndStreamsDoNoHarm() throws Exception {
        Random random = new Random(42);
        int steps = Integer.getInteger("backplane.hostile.steps", 60_000);
        for (String language : List.of("auto", "text", "escp", "escp9", "pcl", "postscript")) {
            try (TestBench bench = plug("language", language)) {
                ParallelDriver driver = new ParallelDriver(bench);
                int[] ports = {0x378, 0x379, 0x37A, 0x37B, 0x778, 0x779, 0x77A};
                for (int i = 0; i < steps; i++) {
                    int port = ports[random.nextInt(ports.length)];
                    if (random.nextBoolean()) {
                        driver.out(port, random.nextInt(256));
                    } else {
                        driver.in(port);
                    }
                }
                driver.out(ParallelDriver.ECR, 0x14);
                driver.out(ParallelDriver.CONTROL, 0x0C);
                driver.out(ParallelDriver.CONTROL, 0x08);
                driver.out(ParallelDriver.CONTROL, 0x0C);
                byte[] stream = stream(random, 2 * steps);
                assertEquals(stream.length, driver.send(stream));
                bench.replace();
                driver.print("\f");
                driver.out(ParallelDriver.CONTROL, 0x08);
            }
        }
    }

    /** Random bytes with many escapes, and with letters and digits where languages look for them. */
    private static byte[] stream(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        String likely = "\u001B\u001B\u001B&*()%lbrtcpafsWVXABCD0123456789.-@\0\1\2\f\n";
        for (int i = 0; i < length; i++) {
            if (random.nextInt(4) != 0) {
                bytes[i] = (byte) likely.charAt(random.nextInt(likely.length()));
            }
        }
        return bytes;
    }
}
