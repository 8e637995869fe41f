import Testing

@testable import HTTP

struct AddressRangeTests {
    private func address(_ text: String) -> PeerAddress? {
        PeerAddress(HostileOctets.embedded(text.utf8))
    }

    private func contains(_ range: String, _ text: String) throws -> Bool {
        try #require(AddressRange(range)).contains(try #require(address(text)))
    }

    @Test(arguments: [
        ("0.0.0.0", PeerAddress.v4(0)), ("255.255.255.255", .v4(.max)), ("127.0.0.1", .v4(0x7f00_0001)),
        ("::", .v6(0, 0)), ("::1", .v6(0, 1)), ("1::", .v6(1 << 48, 0)), ("1::8", .v6(1 << 48, 8)),
        ("1:2:3:4:5:6:7:8", .v6(0x0001_0002_0003_0004, 0x0005_0006_0007_0008)),
        ("1:2:3:4:5:6:7::", .v6(0x0001_0002_0003_0004, 0x0005_0006_0007_0000)),
        ("::2:3:4:5:6:7:8", .v6(0x0000_0002_0003_0004, 0x0005_0006_0007_0008)),
        ("2001:DB8::Ff", .v6(0x2001_0db8_0000_0000, 0xff)), ("::13.1.68.3", .v6(0, 0x0d01_4403)),
        ("1:2:3:4:5:6:1.2.3.4", .v6(0x0001_0002_0003_0004, 0x0005_0006_0102_0304)),
        ("::ffff:192.0.2.1", .v4(0xc000_0201)), ("::ffff:c000:201", .v4(0xc000_0201)),
        ("0:0:0:0:0:ffff:192.0.2.1", .v4(0xc000_0201)), ("::fffe:192.0.2.1", .v6(0, 0xfffe_c000_0201)),
        ("1::ffff:192.0.2.1", .v6(1 << 48, 0xffff_c000_0201)),
    ])
    func readsAddresses(text: String, address: PeerAddress) {
        #expect(self.address(text) == address)
    }

    @Test(arguments: [
        "", ".", "1", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3", "1..2.3", "1.2.3.256", "1.2.3.04",
        "01.2.3.4", "1.2.3.1000", "1.2.3.4 ", " 1.2.3.4", "1.2.3.a", "0x1.2.3.4", "-1.2.3.4", "1.2.3.4:80",
        "2130706433", ":", ":::", "1:", ":1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "1:::2",
        "::1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8::", "12345::", "::g", "[::1]", "::1%eth0", "::1/64", "::1.2.3",
        "::1.2.3.256", "1:2:3:4:5:6:7:1.2.3.4", "1.2.3.4::", "::1.2.3.4:5", "unknown", "localhost", "é",
    ])
    func refusesWhatIsNoAddress(text: String) {
        #expect(address(text) == nil)
    }

    @Test func aPrefixEndsWhereItSays() throws {
        #expect(try contains("10.0.0.0/8", "10.0.0.0") && contains("10.0.0.0/8", "10.255.255.255"))
        #expect(try !contains("10.0.0.0/8", "9.255.255.255") && !contains("10.0.0.0/8", "11.0.0.0"))
        #expect(try contains("192.0.2.1", "192.0.2.1") && !contains("192.0.2.1", "192.0.2.0"))
        #expect(try contains("192.0.2.0/31", "192.0.2.1") && !contains("192.0.2.0/31", "192.0.2.2"))
        #expect(try contains("0.0.0.0/0", "0.0.0.0") && contains("0.0.0.0/0", "255.255.255.255"))
        #expect(try contains("2001:db8::/32", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"))
        #expect(try !contains("2001:db8::/32", "2001:db9::"))
        #expect(try contains("2001:db8::/65", "2001:db8::7fff:ffff:ffff:ffff"))
        #expect(try !contains("2001:db8::/65", "2001:db8::8000:0:0:0"))
        #expect(try contains("::1", "::1") && !contains("::1", "::") && contains("::/0", "ffff::"))
    }

    @Test func familiesDoNotMix() throws {
        #expect(try !contains("::/0", "192.0.2.1") && !contains("0.0.0.0/0", "::1"))
        #expect(try !contains("::/0", "::ffff:192.0.2.1"))
        #expect(try contains("::ffff:10.0.0.0/104", "10.1.2.3") && contains("::ffff:0:0/96", "10.1.2.3"))
        #expect(try contains("::ffff:10.0.0.1", "10.0.0.1") && !contains("::ffff:10.0.0.1", "10.0.0.2"))
        let all = try #require(AddressRange("0.0.0.0/0"))
        #expect(!all.contains(.unix) && !all.contains(.unknown))
    }

    @Test(arguments: [
        "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/+8", "10.0.0.0/8/8",
        "10.0.0.0/8 ",
        "10.0.0.0/ 8", "10.0.0.0/-1", "10.0.0.0/1000", "10.0.0.0/x", "10.0.0.0/255.0.0.0", "10.0.0.1/8",
        "10.0.0.1/31", "1.2.3.4/0", "::/129", "::1/127", "2001:db8::1/32", "::ffff:10.0.0.0/95",
        "::ffff:10.0.0.0/8",
        "::ffff:10.0.0.1/104", "[::1]", "10.0.0", "10/8", "unix", "*", "localhost",
    ])
    func refusesWhatIsNoRange(text: String) {
        #expect(AddressRange(text) == nil)
    }

    @Test(arguments: [
        "10.0.0.0/8", "192.0.2.1", "0.0.0.0/0", "2001:db8:0:0:0:0:0:0/32", "0:0:0:0:0:0:0:0/0",
        "0:0:0:0:0:0:0:1",
    ])
    func writesWhatItReads(text: String) {
        #expect(AddressRange(text)?.description == text)
    }

    /// Whatever is accepted comes back, as itself, from its own description.
    @Test func damageMakesNoAddressThatCannotBeWritten() {
        var random = HostileOctets(seed: 10)
        var accepted = 0
        for _ in 0..<20_000 {
            let text = random.damaged(
                ["192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1", "1:2:3:4:5:6:7:8", "::"],
                pieces: [":", "::", ".", "0", "255", "ffff", "1.2.3.4", "/", "%", "[", "]"])
            guard let address = PeerAddress(HostileOctets.embedded(text)) else { continue }
            accepted += 1
            #expect(PeerAddress(Array(address.description.utf8)[...]) == address)
            #expect(text.contains(UInt8(ascii: ":")) == HostField.isValid(([0x5b] + text + [0x5d])[...]))
        }
        #expect(accepted > 2_000)
    }
}
