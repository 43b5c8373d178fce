package dev.backplane.host.print;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

import javax.imageio.ImageIO;
import javax.print.DocFlavor;
import javax.print.PrintService;
import javax.print.StreamPrintServiceFactory;

import org.apache.pdfbox.Loader;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.font.PDFont;
import org.apache.pdfbox.rendering.PDFRenderer;
import org.apache.pdfbox.text.PDFTextStripper;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.backplane.api.device.DeviceException;
import dev.backplane.api.host.HostBackend;
import dev.backplane.api.page.Page;
import dev.backplane.api.page.PageEndpoint;
import dev.backplane.testkit.HostBench;

class PageBackendsTest {
    private static final Page.Font COURIER = new Page.Font(Page.Family.MONOSPACED, 12, 1, false, false, false);
    private static final Page.Font BOLD = new Page.Font(Page.Family.SERIF, 12, 1, true, false, true);

    @TempDir
    Path folder;

    private HostBench<PageEndpoint> open(HostBackend backend, String... more) throws Exception {
        HostBench.Builder builder = HostBench.of(backend).option("folder", folder.toString());
        for (int i = 0; i < more.length; i += 2) {
            builder.option(more[i], more[i + 1]);
        }
        return builder.open();
    }

    private static Page text(String... lines) {
        List<Page.Item> items = new ArrayList<>();
        for (int i = 0; i < lines.length; i++) {
            items.add(new Page.Text(36, 36 + i * 12, lines[i], COURIER, 7.2, 0));
        }
        return new Page(595, 842, items);
    }

    /** A checkerboard of 8 x 8 dots over two inches. */
    private static Page picture() {
        byte[] dots = new byte[8];
        for (int i = 0; i < 8; i++) {
            dots[i] = (byte) (i % 2 == 0 ? 0xAA : 0x55);
        }
        return new Page(288, 288, List.of(new Page.Picture(72, 72, 144, 144, 8, 8, 1, dots,
            new int[] {0x00FFFFFF, 0xFF000000})));
    }

    private void done(HostBench<PageEndpoint> bench) {
        bench.await("the job is done", () -> bench.endpoint().pending() == 0);
    }

    private List<String> files() throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }

    private PDDocument only(String suffix) throws IOException {
        assertEquals(1, files().size(), files().toString());
        assertTrue(files().getFirst().endsWith(suffix), files().toString());
        return Loader.loadPDF(folder.resolve(files().getFirst()).toFile());
    }

    @Test
    void textOfAPdfIsFoundWordForWordAndItsFontsAreEmbedded() throws Exception {
        try (HostBench<PageEndpoint> bench = open(new PdfBackend())) {
            bench.endpoint().begin(1, "");
            bench.endpoint().page(text("Gr\u00FC\u00DFe \u2502 \u041F\u0440\u0438\u0432\u0435\u0442", "second line"));
            bench.endpoint().page(new Page(595, 842, List.of(new Page.Text(72, 72, "bold words", BOLD, 7.2, 0xFF0000))));
            bench.endpoint().end();
            done(bench);
        }
        try (PDDocument pdf = only(".pdf")) {
            assertEquals(2, pdf.getNumberOfPages());
            String all = new PDFTextStripper().getText(pdf);
            assertTrue(all.contains("Gr\u00FC\u00DFe \u2502 \u041F\u0440\u0438\u0432\u0435\u0442"), all);
            assertTrue(all.contains("second line"), all);
            assertTrue(all.contains("bold words"), all);
            for (var name : pdf.getPage(0).getResources().getFontNames()) {
                PDFont font = pdf.getPage(0).getResources().getFont(name);
                assertTrue(font.isEmbedded());
            }
        }
    }

    @Test
    void aPictureStandsWhereItWasPrinted() throws Exception {
        try (HostBench<PageEndpoint> bench = open(new PdfBackend())) {
            bench.endpoint().begin(1, "");
            bench.endpoint().page(picture());
            bench.endpoint().end();
            done(bench);
        }
        try (PDDocument pdf = only(".pdf")) {
            board(new PDFRenderer(pdf).renderImageWithDPI(0, 72));
        }
    }

    private static void board(BufferedImage image) {
        assertEquals(288, image.getWidth());
        assertEquals(0xFFFFFF, image.getRGB(60, 60) & 0xFFFFFF);
        for (int y = 0; y < 8; y++) {
            for (int x = 0; x < 8; x++) {
                int expected = (x + y) % 2 == 0 ? 0 : 0xFFFFFF;
                assertEquals(expected, image.getRGB(72 + x * 18 + 9, 72 + y * 18 + 9) & 0xFFFFFF, x + "," + y);
            }
        }
    }

    @Test
    void eachPageBecomesAPng() throws Exception {
        try (HostBench<PageEndpoint> bench = open(new PngBackend(), "dpi", "72")) {
            bench.endpoint().begin(1, "");
            bench.endpoint().page(picture());
            bench.endpoint().page(picture());
            bench.endpoint().end();
            done(bench);
        }
        assertEquals(2, files().size());
        for (String file : files()) {
            BufferedImage image = ImageIO.read(folder.resolve(file).toFile());
            assertNotNull(image);
            board(image);
        }
    }

    @Test
    void rawJobsAreWhatTheGuestSent() throws Exception {
        byte[] job = new byte[100_000];
        new Random(1).nextBytes(job);
        try (HostBench<PageEndpoint> bench = open(new RawBackend())) {
            assertTrue(bench.endpoint().wantsRaw());
            bench.endpoint().begin(1, "");
            bench.endpoint().raw(job, 0, 40_000);
            bench.replace();
            bench.endpoint().raw(job, 40_000, 60_000);
            bench.endpoint().page(picture());
            bench.endpoint().end();
            done(bench);
        }
        assertEquals(1, files().size());
        assertArrayEquals(job, Files.readAllBytes(folder.resolve(files().getFirst())));
    }

    @Test
    void aReplacementBetweenPagesLosesNothing() throws Exception {
        try (HostBench<PageEndpoint> bench = open(new PdfBackend())) {
            bench.endpoint().begin(1, "");
            for (int i = 1; i <= 5; i++) {
                bench.endpoint().page(text("page " + i));
                bench.replace();
            }
            bench.endpoint().end();
            bench.replace();
            done(bench);
        }
        try (PDDocument pdf = only(".pdf")) {
            assertEquals("page 1\npage 2\npage 3\npage 4\npage 5\n", new PDFTextStripper().getText(pdf));
        }
    }

    @Test
    void theLimitStopsThePrinterAndRoomLetsItGoOn() throws Exception {
        Random random = new Random(2);
        try (HostBench<PageEndpoint> bench = open(new RawBackend(), "limit", "64K")) {
            byte[] half = new byte[40 << 10];
            random.nextBytes(half);
            bench.endpoint().begin(1, "");
            bench.endpoint().raw(half, 0, half.length);
            bench.endpoint().end();
            bench.endpoint().begin(2, "");
            bench.endpoint().raw(half, 0, half.length);
            bench.endpoint().end();
            bench.await("the limit is told", () -> bench.endpoint().problem() != null);
            assertTrue(bench.endpoint().problem().contains("pages.limit=65536"), bench.endpoint().problem());
            assertEquals(1, files().size());
            Files.delete(folder.resolve(files().getFirst()));
            bench.endpoint().retry();
            done(bench);
            assertEquals(1, files().size());
            assertEquals(half.length, Files.size(folder.resolve(files().getFirst())));
        }
    }

    @Test
    void aJobThatIsCancelledLeavesNothing() throws Exception {
        try (HostBench<PageEndpoint> bench = open(new PdfBackend())) {
            bench.endpoint().begin(1, "");
            bench.endpoint().page(picture());
            bench.endpoint().cancel();
            done(bench);
            assertEquals(List.of(), files());
        }
    }

    @Test
    void filesOfEarlierTimesStay() throws Exception {
        for (int i = 0; i < 3; i++) {
            try (HostBench<PageEndpoint> bench = open(new PdfBackend())) {
                bench.endpoint().begin(1, "");
                bench.endpoint().page(text("run " + i));
                bench.endpoint().end();
                done(bench);
            }
        }
        assertEquals(3, files().size());
    }

    @Test
    void aQueueGetsThePagesAndAnUnknownOneIsRefusedByName() throws Exception {
        StreamPrintServiceFactory[] factories = StreamPrintServiceFactory.lookupStreamPrintServiceFactories(
            DocFlavor.SERVICE_FORMATTED.PAGEABLE, "application/postscript");
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintService service = factories[0].getPrintService(printed);
        HostBackend backend = new QueueBackend(() -> List.of(service));
        try (HostBench<PageEndpoint> bench = open(backend, "name", service.getName())) {
            bench.endpoint().begin(1, "");
            bench.endpoint().page(picture());
            bench.endpoint().end();
            done(bench);
            assertEquals(null, bench.endpoint().problem());
        }
        assertTrue(printed.toString(StandardCharsets.ISO_8859_1).startsWith("%!PS"));
        DeviceException e = assertThrows(DeviceException.class, () -> open(backend, "name", "nowhere"));
        assertTrue(e.getMessage().contains("pages.name=nowhere"), e.getMessage());
    }

    @Test
    void postScriptIsDrawnByGhostscript() throws Exception {
        Assumptions.assumeTrue(Ghostscript.find().present(), "the host has no Ghostscript");
        try (HostBench<PageEndpoint> bench = open(new PdfBackend())) {
            bench.endpoint().begin(1, "");
            byte[] job = "%!PS\n/Helvetica 20 selectfont 72 72 moveto (drawn) show showpage\n"
                .getBytes(StandardCharsets.US_ASCII);
            assertTrue(bench.endpoint().document("application/postscript", job));
            assertFalse(bench.endpoint().document("image/x-unknown", job));
            bench.endpoint().end();
            done(bench);
            assertEquals(null, bench.endpoint().problem());
        }
        try (PDDocument pdf = only(".pdf")) {
            assertTrue(new PDFTextStripper().getText(pdf).contains("drawn"));
        }
    }
}
