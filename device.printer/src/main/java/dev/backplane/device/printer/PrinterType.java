package dev.backplane.device.printer;

import java.util.List;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

import dev.backplane.api.device.Device;
import dev.backplane.api.device.DeviceContext;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.DeviceType;
import dev.backplane.api.device.OptionSpec;
import dev.backplane.api.device.Options;
import dev.backplane.api.device.Placement;
import dev.backplane.api.page.PageEndpoint;
import dev.backplane.device.printer.engine.PaperSize;
import dev.backplane.device.printer.language.CodePage;

/** Offers a printer at a PC's parallel port. */
@Component(service = DeviceType.class)
public final class PrinterType implements DeviceType {
    private static final long LPT1 = 0x378;
    private static final long MOST_SHEETS = 1_000_000;

    private final Printers printers;

    /** @param printers where its cards are listed */
    @Activate
    public PrinterType(@Reference Printers printers) {
        this.printers = printers;
    }

    @Override
    public String name() {
        return "printer";
    }

    @Override
    public String description() {
        return "parallel port with a printer (text, ESC/P, PCL)";
    }

    @Override
    public Placement placement() {
        return Placement.ISA;
    }

    @Override
    public List<OptionSpec> options() {
        return List.of(
            OptionSpec.backend("pages", PageEndpoint.class, "pdf", "where printed pages go"),
            OptionSpec.choice("language", "auto",
                List.of("auto", "text", "escp", "escp9", "pcl", "postscript"), "what the printer understands"),
            OptionSpec.choice("codepage", "cp437", CodePage.NAMES, "characters of text that chooses none"),
            OptionSpec.choice("paper", "a4", PaperSize.names(), "what is loaded"),
            OptionSpec.integer("sheets", -1, -1, MOST_SHEETS, "how many are loaded; -1 for any number"),
            OptionSpec.duration("idle", "5s", "a job is over when nothing came for so long"),
            OptionSpec.integer("io", LPT1, 0x100, 0xFBF8, "first of its I/O ports"),
            OptionSpec.integer("irq", 7, 0, 15, "ISA interrupt"));
    }

    @Override
    public int stateVersion() {
        return 1;
    }

    @Override
    public Device create(DeviceContext context, Options options) throws DeviceException {
        return new Printer(context, options, printers);
    }
}
