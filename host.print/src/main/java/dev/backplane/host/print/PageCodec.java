package dev.backplane.host.print;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import dev.backplane.api.page.Page;

/** Pages as bytes of a spool file. Reading checks what it reads: the file may be somebody else's. */
final class PageCodec {
    private static final int TEXT = 1;
    private static final int RULE = 2;
    private static final int PICTURE = 3;
    private static final int MOST_ITEMS = 1 << 20;
    private static final int LARGEST_PICTURE = 256 << 20;

    private PageCodec() {
    }

    static void write(DataOutputStream out, Page page) throws IOException {
        out.writeDouble(page.width());
        out.writeDouble(page.height());
        out.writeInt(page.items().size());
        for (Page.Item item : page.items()) {
            switch (item) {
                case Page.Text t -> text(out, t);
                case Page.Rule r -> {
                    out.writeByte(RULE);
                    place(out, r.x(), r.y(), r.width(), r.height());
                    out.writeInt(r.rgb());
                }
                case Page.Picture p -> {
                    out.writeByte(PICTURE);
                    place(out, p.x(), p.y(), p.width(), p.height());
                    out.writeInt(p.columns());
                    out.writeInt(p.rows());
                    out.writeByte(p.bits());
                    for (int colour : p.palette()) {
                        out.writeInt(colour);
                    }
                    out.writeInt(p.pixels().length);
                    out.write(p.pixels());
                }
            }
        }
    }

    private static void place(DataOutputStream out, double... values) throws IOException {
        for (double value : values) {
            out.writeDouble(value);
        }
    }

    private static void text(DataOutputStream out, Page.Text t) throws IOException {
        Page.Font f = t.font();
        out.writeByte(TEXT);
        place(out, t.x(), t.y(), t.advance(), f.size(), f.stretch());
        out.writeUTF(t.text());
        out.writeByte(f.family().ordinal());
        out.writeBoolean(f.bold());
        out.writeBoolean(f.italic());
        out.writeBoolean(f.underline());
        out.writeInt(t.rgb());
    }

    static Page read(DataInputStream in) throws IOException {
        double width = in.readDouble();
        double height = in.readDouble();
        int count = in.readInt();
        if (count < 0 || count > MOST_ITEMS) {
            throw new IOException("a page of " + count + " items");
        }
        List<Page.Item> items = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            items.add(item(in));
        }
        try {
            return new Page(width, height, items);
        } catch (IllegalArgumentException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private static Page.Item item(DataInputStream in) throws IOException {
        int kind = in.readByte();
        return switch (kind) {
            case TEXT -> text(in);
            case RULE -> new Page.Rule(in.readDouble(), in.readDouble(), in.readDouble(), in.readDouble(),
                in.readInt());
            case PICTURE -> picture(in);
            default -> throw new IOException("an item of kind " + kind);
        };
    }

    private static Page.Text text(DataInputStream in) throws IOException {
        double x = in.readDouble();
        double y = in.readDouble();
        double advance = in.readDouble();
        double size = in.readDouble();
        double stretch = in.readDouble();
        String words = in.readUTF();
        int family = in.readUnsignedByte();
        if (family >= Page.Family.values().length) {
            throw new IOException("a font of family " + family);
        }
        Page.Font font = new Page.Font(Page.Family.values()[family], size, stretch, in.readBoolean(),
            in.readBoolean(), in.readBoolean());
        return new Page.Text(x, y, words, font, advance, in.readInt());
    }

    private static Page.Picture picture(DataInputStream in) throws IOException {
        double x = in.readDouble();
        double y = in.readDouble();
        double width = in.readDouble();
        double height = in.readDouble();
        int columns = in.readInt();
        int rows = in.readInt();
        int bits = in.readUnsignedByte();
        if (bits < 1 || bits > 8) {
            throw new IOException("a picture of " + bits + " bits");
        }
        int[] palette = new int[1 << bits];
        for (int i = 0; i < palette.length; i++) {
            palette[i] = in.readInt();
        }
        int length = in.readInt();
        if (length < 0 || length > LARGEST_PICTURE) {
            throw new IOException("a picture of " + length + " bytes");
        }
        byte[] pixels = new byte[length];
        in.readFully(pixels);
        try {
            return new Page.Picture(x, y, width, height, columns, rows, bits, pixels, palette);
        } catch (IllegalArgumentException e) {
            throw new IOException(e.getMessage(), e);
        }
    }
}
