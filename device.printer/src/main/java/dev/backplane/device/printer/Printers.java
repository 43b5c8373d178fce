package dev.backplane.device.printer;

import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import org.osgi.service.component.annotations.Component;

/** The printers of this bundle that are in machines now. Threading: any thread. */
@Component(service = Printers.class)
public final class Printers {
    private final List<Printer> live = new CopyOnWriteArrayList<>();

    void add(Printer printer) {
        live.add(printer);
    }

    void remove(Printer printer) {
        live.remove(printer);
    }

    /** In order of machine and card. */
    List<Printer> all() {
        return live.stream().sorted(Comparator.comparing(Printer::machine).thenComparing(Printer::id)).toList();
    }
}
