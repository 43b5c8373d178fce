package dev.backplane.host.print;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

import org.apache.pdfbox.pdmodel.PDDocument;
import org.osgi.service.component.annotations.Component;

import dev.backplane.api.device.Options;
import dev.backplane.api.host.HostBackend;

/** A PDF file for each job, with text that can be searched. */
@Component(service = HostBackend.class)
public final class PdfBackend extends FolderBackend {
    @Override
    public String name() {
        return "pdf";
    }

    @Override
    public String description() {
        return "a PDF file for each job";
    }

    @Override
    Output output(Options options) {
        return new Output() {
            @Override
            public String suffix() {
                return ".pdf";
            }

            @Override
            public void deliver(PDDocument document, Path folder, String name) throws IOException {
                Path part = folder.resolve("." + name + ".part");
                document.save(part.toFile());
                Files.move(part, folder.resolve(name + suffix()), StandardCopyOption.ATOMIC_MOVE);
            }
        };
    }
}
