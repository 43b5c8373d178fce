package dev.backplane.host.print;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;

import javax.print.DocFlavor;
import javax.print.PrintException;
import javax.print.PrintService;
import javax.print.PrintServiceLookup;
import javax.print.SimpleDoc;

import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.printing.PDFPageable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.OptionSpec;
import dev.backplane.api.device.Options;
import dev.backplane.api.host.HostBackend;

/** A print queue of the host. */
@Component(service = HostBackend.class)
public final class QueueBackend extends FolderBackend {
    private static final DocFlavor FLAVOUR = DocFlavor.SERVICE_FORMATTED.PAGEABLE;

    private final Supplier<List<PrintService>> services;

    /** The queues that the JDK finds. */
    @Activate
    public QueueBackend() {
        this(() -> Arrays.asList(PrintServiceLookup.lookupPrintServices(FLAVOUR, null)));
    }

    QueueBackend(Supplier<List<PrintService>> services) {
        this.services = services;
    }

    @Override
    public String name() {
        return "queue";
    }

    @Override
    public String description() {
        return "a print queue of the host";
    }

    @Override
    public List<OptionSpec> options() {
        List<OptionSpec> all = new ArrayList<>(super.options());
        all.add(OptionSpec.string("name", null, "of the queue").asRequired());
        return all;
    }

    @Override
    Output output(Options options) throws DeviceException {
        String wanted = options.string("name");
        if (find(wanted) == null) {
            String known = services.get().stream().map(PrintService::getName).collect(Collectors.joining(", "));
            throw new DeviceException("pages.name=" + wanted + " is no print queue of this host; "
                + (known.isEmpty() ? "it has none" : known + " are"));
        }
        return new Output() {
            @Override
            public String suffix() {
                return ".job";
            }

            @Override
            public void deliver(PDDocument document, Path folder, String name) throws IOException {
                PrintService service = find(wanted);
                if (service == null) {
                    throw new IOException("the print queue " + wanted + " is gone");
                }
                try {
                    service.createPrintJob().print(new SimpleDoc(new PDFPageable(document), FLAVOUR, null), null);
                } catch (PrintException e) {
                    throw new IOException("the print queue " + wanted + " refuses " + name + ": " + e.getMessage(), e);
                }
            }
        };
    }

    private PrintService find(String wanted) {
        return services.get().stream().filter(s -> s.getName().equals(wanted)).findFirst().orElse(null);
    }
}
