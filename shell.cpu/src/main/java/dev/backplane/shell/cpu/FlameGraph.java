package dev.backplane.shell.cpu;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Stacks as a picture (SVG 1.1): each frame as wide as its share of the samples, its callers below it. The text of a
 * frame's tooltip is its name, samples and share.
 */
final class FlameGraph {
    private static final int WIDTH = 1200;
    private static final int ROW = 17;
    private static final int MARGIN = 10;
    private static final int HEAD = 34;
    private static final double CHARACTER = 6.6;
    /** What is narrower than this many pixels is left out. */
    private static final double NARROWEST = 0.3;

    private final StringBuilder svg = new StringBuilder();
    private final Node root = new Node();
    private double perSample;
    private int height;

    private static final class Node {
        private final Map<String, Node> inner = new TreeMap<>();
        private long samples;

        int depth() {
            return 1 + inner.values().stream().mapToInt(Node::depth).max().orElse(0);
        }
    }

    private FlameGraph() {
    }

    /** The picture of stacks as {@link Stacks#folded} gives them. */
    static String of(Map<String, Long> folded, String title) {
        FlameGraph graph = new FlameGraph();
        folded.forEach(graph::add);
        return graph.draw(title);
    }

    private void add(String stack, long samples) {
        Node n = root;
        n.samples += samples;
        for (String frame : stack.split(";")) {
            n = n.inner.computeIfAbsent(frame, f -> new Node());
            n.samples += samples;
        }
    }

    private String draw(String title) {
        perSample = root.samples == 0 ? 0 : (double) (WIDTH - 2 * MARGIN) / root.samples;
        height = HEAD + root.depth() * ROW + MARGIN;
        svg.append(String.format(Locale.ROOT, """
            <?xml version="1.0" encoding="UTF-8"?>
            <svg xmlns="http://www.w3.org/2000/svg" version="1.1" width="%d" height="%d" viewBox="0 0 %d %d">
            <style>text { font: 11px monospace; fill: #111; } rect { stroke: #fff; stroke-width: 0.6; }
            g:hover > rect { stroke: #000; }</style>
            <rect width="100%%" height="100%%" style="fill: #fbfaf7"/>
            <text x="%d" y="20" style="font-size: 14px">%s</text>
            """, WIDTH, height, WIDTH, height, MARGIN, escaped(title)));
        frame("all", root, MARGIN, 0, "#c8c8c0", false);
        return svg.append("</svg>\n").toString();
    }

    private void frame(String name, Node n, double x, int level, String color, boolean user) {
        double width = n.samples * perSample;
        if (width < NARROWEST) {
            return;
        }
        int y = height - MARGIN - (level + 1) * ROW;
        String shown = escaped(cut(name, (int) ((width - 6) / CHARACTER)));
        svg.append(String.format(Locale.ROOT,
            "<g><title>%s: %d samples, %.2f %%</title><rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\""
                + " fill=\"%s\"/>", escaped(name), n.samples, 100.0 * n.samples / root.samples, x, y, width, ROW - 1,
            color));
        if (!shown.isEmpty()) {
            svg.append(String.format(Locale.ROOT, "<text x=\"%.1f\" y=\"%d\">%s</text>", x + 3, y + 12, shown));
        }
        svg.append("</g>\n");
        double at = x;
        for (Map.Entry<String, Node> e : n.inner.entrySet()) {
            boolean inUser = user || level == 1 && e.getKey().equals("user");
            frame(e.getKey(), e.getValue(), at, level + 1, color(e.getKey(), level, inUser), inUser);
            at += e.getValue().samples * perSample;
        }
    }

    private static String color(String name, int level, boolean user) {
        if (level == 0) {
            return "#b4b8c4";
        }
        if (level == 1) {
            return user ? "hsl(135,38%,62%)" : "hsl(28,72%,66%)";
        }
        int hue = user ? 110 : 10;
        int hash = name.hashCode() * 0x9E3779B1 >>> 8;
        return "hsl(%d,%d%%,%d%%)".formatted(hue + hash % 38, 62 + hash / 64 % 18, 62 + hash / 4096 % 10);
    }

    private static String cut(String name, int characters) {
        return characters < 3 ? "" : name.length() <= characters ? name : name.substring(0, characters - 2) + "..";
    }

    private static String escaped(String text) {
        StringBuilder s = new StringBuilder();
        text.codePoints().forEach(c -> {
            switch (c) {
                case '&' -> s.append("&amp;");
                case '<' -> s.append("&lt;");
                case '>' -> s.append("&gt;");
                case '"' -> s.append("&quot;");
                default -> s.appendCodePoint(c < 32 || c >= 0xD800 && c < 0xE000 || c > 0xFFFD ? '?' : c);
            }
        });
        return s.toString();
    }
}
