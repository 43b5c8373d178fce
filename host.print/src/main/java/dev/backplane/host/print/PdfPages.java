package dev.backplane.host.print;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

import org.apache.pdfbox.cos.COSArray;
import org.apache.pdfbox.cos.COSInteger;
import org.apache.pdfbox.cos.COSName;
import org.apache.pdfbox.cos.COSString;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.common.PDRectangle;
import org.apache.pdfbox.pdmodel.font.PDFont;
import org.apache.pdfbox.pdmodel.graphics.color.PDIndexed;
import org.apache.pdfbox.pdmodel.graphics.image.LosslessFactory;
import org.apache.pdfbox.pdmodel.graphics.image.PDImageXObject;
import org.apache.pdfbox.util.Matrix;

import dev.backplane.api.page.Page;

/** Draws pages into a PDF document. Not thread-safe. */
final class PdfPages {
    private static final int PER_MILLE = 1000;
    private static final double UNDERLINE_BELOW = 0.12;
    private static final double UNDERLINE_THICK = 0.06;

    private final PDDocument document;
    private final Fonts fonts;

    PdfPages(PDDocument document) {
        this.document = document;
        fonts = new Fonts(document);
    }

    void add(Page page) throws IOException {
        PDPage sheet = new PDPage(new PDRectangle((float) page.width(), (float) page.height()));
        document.addPage(sheet);
        try (PDPageContentStream out = new PDPageContentStream(document, sheet)) {
            for (Page.Item item : page.items()) {
                switch (item) {
                    case Page.Text t -> text(out, t, page.height());
                    case Page.Rule r -> {
                        out.setNonStrokingColor(new Color(r.rgb()));
                        rectangle(out, r.x(), page.height() - r.y() - r.height(), r.width(), r.height());
                    }
                    case Page.Picture p -> picture(out, p, page.height());
                }
            }
        }
    }

    private static void rectangle(PDPageContentStream out, double x, double y, double w, double h)
            throws IOException {
        out.addRect((float) x, (float) y, (float) w, (float) h);
        out.fill();
    }

    private void text(PDPageContentStream out, Page.Text t, double height) throws IOException {
        PDFont font = fonts.get(t.font());
        String words = fonts.drawable(font, t.text());
        if (words.isEmpty()) {
            return;
        }
        double size = t.font().size();
        double natural = font.getStringWidth(words) * size / PER_MILLE;
        // glyphs spread to a fixed pitch would read as single letters with blanks between
        double scale = t.advance() > 0 && natural > 0 ? words.length() * t.advance() / natural : t.font().stretch();
        out.setNonStrokingColor(new Color(t.rgb()));
        out.beginText();
        out.setFont(font, (float) size);
        out.setHorizontalScaling((float) (scale * 100));
        out.setTextMatrix(Matrix.getTranslateInstance((float) t.x(), (float) (height - t.y())));
        out.showText(words);
        out.setHorizontalScaling(100);
        out.endText();
        if (t.font().underline()) {
            rectangle(out, t.x(), height - t.y() - size * UNDERLINE_BELOW, natural * scale, size * UNDERLINE_THICK);
        }
    }

    private void picture(PDPageContentStream out, Page.Picture p, double height) throws IOException {
        boolean firstClear = p.palette()[0] >>> 24 == 0;
        boolean restOpaque = true;
        for (int i = 1; i < p.palette().length; i++) {
            restOpaque &= p.palette()[i] >>> 24 == 0xFF;
        }
        PDImageXObject image = restOpaque && (firstClear || p.palette()[0] >>> 24 == 0xFF)
            ? indexed(p, firstClear) : LosslessFactory.createFromImage(document, argb(p));
        out.drawImage(image, (float) p.x(), (float) (height - p.y() - p.height()), (float) p.width(),
            (float) p.height());
    }

    private PDImageXObject indexed(Page.Picture p, boolean firstClear) throws IOException {
        byte[] colours = new byte[p.palette().length * 3];
        for (int i = 0; i < p.palette().length; i++) {
            colours[i * 3] = (byte) (p.palette()[i] >> 16);
            colours[i * 3 + 1] = (byte) (p.palette()[i] >> 8);
            colours[i * 3 + 2] = (byte) p.palette()[i];
        }
        COSArray space = new COSArray();
        space.add(COSName.INDEXED);
        space.add(COSName.DEVICERGB);
        space.add(COSInteger.get(p.palette().length - 1));
        space.add(new COSString(colours));
        PDImageXObject image = new PDImageXObject(document, new ByteArrayInputStream(deflated(p.pixels())),
            COSName.FLATE_DECODE, p.columns(), p.rows(), p.bits(), new PDIndexed(space));
        if (firstClear) {
            COSArray range = new COSArray();
            range.add(COSInteger.ZERO);
            range.add(COSInteger.ZERO);
            image.getCOSObject().setItem(COSName.MASK, range);
        }
        return image;
    }

    private static byte[] deflated(byte[] bytes) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        Deflater deflater = new Deflater();
        try (DeflaterOutputStream out = new DeflaterOutputStream(all, deflater)) {
            out.write(bytes);
        } finally {
            deflater.end();
        }
        return all.toByteArray();
    }

    private static BufferedImage argb(Page.Picture p) {
        BufferedImage image = new BufferedImage(p.columns(), p.rows(), BufferedImage.TYPE_INT_ARGB);
        for (int y = 0; y < p.rows(); y++) {
            for (int x = 0; x < p.columns(); x++) {
                image.setRGB(x, y, p.argb(x, y));
            }
        }
        return image;
    }
}
