import Telemetry
import Testing

@Suite struct MetricsTextTests {
    private func text(_ write: (inout MetricsText) -> Void) -> String {
        var text = MetricsText()
        write(&text)
        return String(decoding: text.octets, as: UTF8.self)
    }

    @Test func writesAFamilyWithItsLabelsInOrder() {
        let written = text {
            $0.begin("a_total", .counter, "What it is.")
            $0.add(3, ["z": "1", "a": "2"])
            $0.add(4)
            $0.add("b", .gauge, "Another.", -5)
        }
        #expect(
            written == """
                # HELP a_total What it is.
                # TYPE a_total counter
                a_total{z="1",a="2"} 3
                a_total 4
                # HELP b Another.
                # TYPE b gauge
                b -5

                """)
    }

    @Test(arguments: [
        ("", ""), ("plain /users/:id é", "plain /users/:id é"), ("\"", "\\\""), ("\\", "\\\\"), ("\n", "\\n"),
        ("\\n", "\\\\n"), ("a\"} 1\nb{c=\"", "a\\\"} 1\\nb{c=\\\""),
    ])
    func noValueOfALabelLeavesItsQuotes(value: String, written: String) {
        let line = text {
            $0.begin("a", .gauge, "A.")
            $0.add(1, ["l": value])
        }
        #expect(line.hasSuffix("\na{l=\"\(written)\"} 1\n"))
        #expect(line.utf8.count { $0 == UInt8(ascii: "\n") } == 3)
    }

    @Test func helpKeepsToItsLineAndItsQuotes() {
        #expect(text { $0.begin("a", .gauge, "1\n\"2\" \\") } == "# HELP a 1\\n\"2\" \\\\\n# TYPE a gauge\n")
    }

    @Test(arguments: [
        (0, "0"), (1, "0.000000001"), (50_000, "0.00005"), (999_999_999, "0.999999999"), (1_000_000_000, "1"),
        (1_000_000_001, "1.000000001"), (2_500_000_000, "2.5"), (10_000_000_000, "10"),
        (-1_500_000_000, "-1.5"),
        (Int.max, "9223372036.854775807"), (Int.min, "-9223372036.854775808"),
    ])
    func secondsAreExact(nanoseconds: Int, written: String) {
        let line = text {
            $0.begin("a", .gauge, "A.")
            $0.add(nanoseconds: nanoseconds)
        }
        #expect(line.hasSuffix("\na \(written)\n"))
    }

    @Test func aHistogramCountsFromTheLeastBoundUp() {
        let histogram = Histogram()
        for time in [50_000, 50_001, 100_000, 6_000_000_000] { histogram.record(nanoseconds: time) }
        let lines = text {
            $0.begin("h_seconds", .histogram, "H.")
            $0.add(histogram.reading, ["route": "/"])
        }.split(separator: "\n").dropFirst(2)
        #expect(lines.count == 19)
        #expect(
            lines.prefix(3) == [
                #"h_seconds_bucket{route="/",le="0.00005"} 1"#, #"h_seconds_bucket{route="/",le="0.0001"} 3"#,
                #"h_seconds_bucket{route="/",le="0.00025"} 3"#,
            ])
        #expect(
            lines.suffix(4) == [
                #"h_seconds_bucket{route="/",le="5"} 3"#, #"h_seconds_bucket{route="/",le="+Inf"} 4"#,
                #"h_seconds_sum{route="/"} 6.000200001"#, #"h_seconds_count{route="/"} 4"#,
            ])
    }

    @Test func aHistogramWithoutLabelsHasItsBoundsAlone() {
        let lines = text {
            $0.begin("h", .histogram, "H.")
            $0.add(Histogram().reading)
        }
        #expect(lines.contains("\nh_bucket{le=\"0.5\"} 0\n") && lines.hasSuffix("\nh_sum 0\nh_count 0\n"))
    }
}
