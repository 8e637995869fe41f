import HTTP
import Testing

struct AcceptFieldTests {
    private func prefersHTML(_ value: String) -> Bool {
        AcceptField.prefersHTML(HostileOctets.embedded(value.utf8))
    }

    @Test(arguments: [
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7",
        "text/html", "TEXT/Html", "text/*", "text/html;q=0.001", "text/html, application/json;q=0.999",
        "*/*, application/json;q=0.5", "*/*;q=0.1, text/*;q=0.2", "application/json;q=0, */*;q=0.1",
        "text/html;q=1.000,*/*;q=0.9", ",, text/html ,,", "text/html ; Q=0.5 , a/b;c=\"x,y\"",
        "text/*;q=0, text/html",
        "application/*;q=0.1, */*",
    ])
    func browsersPreferHTML(value: String) {
        #expect(prefersHTML(value))
    }

    @Test(arguments: [
        "", ",", "*/*", "application/json", "application/*", "text/plain", "image/png",
        "text/html, application/json",
        "text/html;q=0", "text/html;q=0.5, application/json", "text/html;q=0.5, */*",
        "text/*;q=0.4, */*;q=0.5",
        "text/html;level=1", "text/html;level=1;q=1, application/json;q=0.1",
        "application/json, text/plain, */*",
        "application/json;q=0.5, text/html;q=0.500",
    ])
    func othersDoNot(value: String) {
        #expect(!prefersHTML(value))
    }

    @Test(arguments: [
        "text/html;q=2", "text/html;q=1.001", "text/html;q=0.0001", "text/html;q=.5", "text/html;q=",
        "text/html;q=-1",
        "text/html;q=\"1\"", "text/html;q=0,5", "text/html;q=1;q=0.5", "text/html;q=0.a", "text/html;q=00",
        "text",
        "text/html;q", "text/html; q =1", "*/html, text/html", "text/html, *", "text/html image/gif",
        "text/html,\0",
        "text/html, é/x", "text/html;a=\"", "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2",
    ])
    func malformedIsNoPreference(value: String) {
        #expect(!prefersHTML(value))
    }

    @Test func missingIsNoPreference() {
        #expect(!AcceptField.prefersHTML(nil))
    }

    @Test(.timeLimit(.minutes(1)))
    func takesLinearTime() {
        #expect(!prefersHTML(String(repeating: ",", count: 300_000)))
        #expect(prefersHTML(String(repeating: "a/b;q=0.1,", count: 50_000) + "text/html"))
    }

    @Test func findsNoHTMLWhereNoneIsNamed() {
        var random = HostileOctets(seed: 5)
        var preferred = 0
        for _ in 0..<20_000 {
            let value = random.damaged(
                [
                    "text/html,application/json;q=0.5", "*/*;q=0.8, text/*", "application/*, */*;q=1.0",
                    "a/b;c=\"d\"",
                ],
                pieces: ["text/html", "*/*", ",", ";q=", "0.5", ";", "*", "\"", " ", "application/json"])
            guard AcceptField.prefersHTML(HostileOctets.embedded(value)) else { continue }
            preferred += 1
            let text = String(decoding: value, as: UTF8.self).lowercased()
            #expect(text.contains("text/html") || text.contains("text/*") || text.contains("*/*"))
        }
        #expect(preferred > 1_000)
    }
}
