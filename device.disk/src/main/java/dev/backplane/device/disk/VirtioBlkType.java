package dev.backplane.device.disk;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

import org.osgi.service.component.annotations.Component;

import dev.backplane.api.device.Device;
import dev.backplane.api.device.DeviceContext;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.DeviceType;
import dev.backplane.api.device.OptionSpec;
import dev.backplane.api.device.Options;
import dev.backplane.api.device.Placement;

/** Offers disks. */
@Component(service = DeviceType.class)
public final class VirtioBlkType implements DeviceType {
    @Override
    public String name() {
        return "virtio-blk";
    }

    @Override
    public String description() {
        return "disk over an image file";
    }

    @Override
    public Placement placement() {
        return Placement.PCIE;
    }

    @Override
    public List<OptionSpec> options() {
        return List.of(
            OptionSpec.path("image", "file that holds the disk's contents").asRequired(),
            OptionSpec.choice("format", null, List.of("raw"),
                "format of the image; raw if not given, but an image that looks like another one is then refused"),
            OptionSpec.bool("readonly", false, "the guest cannot write"),
            OptionSpec.bool("snapshot", false, "what the guest writes is thrown away when the machine stops"),
            OptionSpec.string("serial", null, "serial number, up to 20 characters; the card's id if not given"),
            OptionSpec.choice("cache", "writeback", List.of("writeback", "writethrough"),
                "whether writes wait for a flush, or are on the medium when they are done"),
            OptionSpec.bool("discard", true, "the guest can give space back to the image's file system"),
            OptionSpec.integer("queues", 4, 1, 16, "number of request queues"),
            OptionSpec.integer("queue-size", 256, 4, 1024, "requests per queue, a power of two"));
    }

    @Override
    public int stateVersion() {
        return 1;
    }

    @Override
    public Device create(DeviceContext context, Options options) throws DeviceException {
        Path path = options.path("image");
        boolean readOnly = options.bool("readonly");
        boolean snapshot = options.bool("snapshot");
        if (readOnly && snapshot) {
            throw new DeviceException("readonly=on and snapshot=on: choose one of them");
        }
        int queueSize = (int) options.integer("queue-size");
        if (Integer.bitCount(queueSize) != 1) {
            throw new DeviceException("queue-size=" + queueSize + ": a power of two is needed, for instance "
                + Integer.highestOneBit(queueSize));
        }
        String serial = options.optionalString("serial").orElseGet(() -> shorten(context.id()));
        if (serial.length() > BlkRequest.ID_LENGTH || !serial.chars().allMatch(c -> c > 32 && c < 127)) {
            throw new DeviceException("serial=" + serial + ": up to 20 printable ASCII characters without blanks");
        }
        BlkCard.Settings settings = new BlkCard.Settings(readOnly, options.bool("discard"),
            options.string("cache").equals("writeback"), serial, (int) options.integer("queues"), queueSize);
        BlockBackend backend = RawImage.open(path, !readOnly && !snapshot, options.has("format"));
        try {
            if (snapshot) {
                backend = Overlay.over(backend, path);
            }
            return new BlkCard(context, backend, settings);
        } catch (DeviceException | RuntimeException e) {
            try {
                backend.close();
            } catch (IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }

    private static String shorten(String id) {
        return id.length() <= BlkRequest.ID_LENGTH ? id : id.substring(id.length() - BlkRequest.ID_LENGTH);
    }
}
