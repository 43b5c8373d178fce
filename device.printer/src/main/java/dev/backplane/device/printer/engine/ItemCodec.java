package dev.backplane.device.printer.engine;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

import dev.backplane.api.page.Page;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/** Text and rules of an unfinished sheet as bytes of a saved state. */
record ItemCodec(List<Page.Item> items) {
    private static final int BOLD = 1;
    private static final int ITALIC = 2;
    private static final int UNDERLINE = 4;

    void save(StateWriter out) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream data = new DataOutputStream(bytes);
        try {
            for (Page.Item item : items) {
                switch (item) {
                    case Page.Text t -> text(data, t);
                    case Page.Rule r -> {
                        data.writeByte(1);
                        data.writeDouble(r.x());
                        data.writeDouble(r.y());
                        data.writeDouble(r.width());
                        data.writeDouble(r.height());
                        data.writeInt(r.rgb());
                    }
                    case Page.Picture p -> throw new IllegalStateException("pictures are made when a sheet is done");
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        out.putInt("count", items.size()).putBytes("data", bytes.toByteArray());
    }

    private static void text(DataOutputStream data, Page.Text t) throws IOException {
        Page.Font f = t.font();
        data.writeByte(0);
        data.writeDouble(t.x());
        data.writeDouble(t.y());
        data.writeUTF(t.text());
        data.writeByte(f.family().ordinal());
        data.writeDouble(f.size());
        data.writeDouble(f.stretch());
        data.writeByte((f.bold() ? BOLD : 0) | (f.italic() ? ITALIC : 0) | (f.underline() ? UNDERLINE : 0));
        data.writeDouble(t.advance());
        data.writeInt(t.rgb());
    }

    static List<Page.Item> restore(StateReader in, int most, int longest) throws StateException {
        int count = in.getInt("count", 0, most);
        List<Page.Item> items = new ArrayList<>(count);
        try (DataInputStream data = new DataInputStream(new ByteArrayInputStream(in.getBytes("data")))) {
            for (int i = 0; i < count; i++) {
                items.add(data.readByte() == 0 ? text(data, longest)
                    : new Page.Rule(place(data), place(data), place(data), place(data), data.readInt()));
            }
        } catch (IOException e) {
            throw new StateException("items: the data ends before item " + count, e);
        }
        return items;
    }

    private static Page.Text text(DataInputStream data, int longest) throws IOException, StateException {
        double x = place(data);
        double y = place(data);
        String words = data.readUTF();
        int family = data.readByte();
        double size = place(data);
        double stretch = place(data);
        int style = data.readByte();
        double advance = place(data);
        int rgb = data.readInt();
        if (words.length() > longest || family < 0 || family >= Page.Family.values().length || size <= 0
                || stretch <= 0) {
            throw new StateException("items: a text of " + words.length() + " characters in font " + family + " of "
                + size + " points is not possible");
        }
        Page.Font font = new Page.Font(Page.Family.values()[family], size, stretch, (style & BOLD) != 0,
            (style & ITALIC) != 0, (style & UNDERLINE) != 0);
        return new Page.Text(x, y, words, font, advance, rgb);
    }

    private static double place(DataInputStream data) throws IOException, StateException {
        double value = data.readDouble();
        if (!(value >= -1e6 && value <= 1e6)) {
            throw new StateException("items: " + value + " is no place on paper");
        }
        return value;
    }
}
