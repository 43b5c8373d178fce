package dev.backplane.api.pci;

/**
 * The identity registers of a type 0 function (PCI Local Bus 3.0, 6.2.1).
 *
 * @param vendorId          16 bits
 * @param deviceId          16 bits
 * @param classCode         24 bits: base class, sub-class, programming interface
 * @param revisionId        8 bits
 * @param subsystemVendorId 16 bits
 * @param subsystemId       16 bits
 */
public record PciIdentity(int vendorId, int deviceId, int classCode, int revisionId, int subsystemVendorId,
        int subsystemId) {
    public PciIdentity {
        check("vendorId", vendorId, 0xFFFF);
        check("deviceId", deviceId, 0xFFFF);
        check("classCode", classCode, 0xFFFFFF);
        check("revisionId", revisionId, 0xFF);
        check("subsystemVendorId", subsystemVendorId, 0xFFFF);
        check("subsystemId", subsystemId, 0xFFFF);
    }

    /** A function of revision 0 whose subsystem has the same identity. */
    public static PciIdentity of(int vendorId, int deviceId, int classCode) {
        return new PciIdentity(vendorId, deviceId, classCode, 0, vendorId, deviceId);
    }

    private static void check(String name, int value, int max) {
        if (value < 0 || value > max) {
            throw new IllegalArgumentException("%s 0x%x: 0 to 0x%x is possible".formatted(name, value, max));
        }
    }
}
