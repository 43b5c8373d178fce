package dev.backplane.host.print;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

import javax.imageio.ImageIO;

import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.rendering.ImageType;
import org.apache.pdfbox.rendering.PDFRenderer;
import org.osgi.service.component.annotations.Component;

import dev.backplane.api.device.OptionSpec;
import dev.backplane.api.device.Options;
import dev.backplane.api.host.HostBackend;

/** A PNG file for each page. */
@Component(service = HostBackend.class)
public final class PngBackend extends FolderBackend {
    @Override
    public String name() {
        return "png";
    }

    @Override
    public String description() {
        return "a PNG file for each page";
    }

    @Override
    public List<OptionSpec> options() {
        List<OptionSpec> all = new ArrayList<>(super.options());
        all.add(OptionSpec.integer("dpi", 150, 20, 600, "pixels per inch"));
        return all;
    }

    @Override
    Output output(Options options) {
        int dpi = (int) options.integer("dpi");
        return new Output() {
            @Override
            public String suffix() {
                return ".png";
            }

            @Override
            public void deliver(PDDocument document, Path folder, String name)
                    throws IOException, InterruptedException {
                PDFRenderer renderer = new PDFRenderer(document);
                for (int i = 0; i < document.getNumberOfPages(); i++) {
                    if (Thread.interrupted()) {
                        throw new InterruptedException();
                    }
                    Path part = folder.resolve("." + name + ".part");
                    ImageIO.write(renderer.renderImageWithDPI(i, dpi, ImageType.RGB), "png", part.toFile());
                    Files.move(part, folder.resolve(name + "-" + (i + 1) + suffix()),
                        StandardCopyOption.ATOMIC_MOVE);
                }
            }
        };
    }
}
