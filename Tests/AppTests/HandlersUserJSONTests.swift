import HTTP
import Testing

@testable import App
@testable import Auth

@Suite struct HandlersUserJSONTests {
    private func text(
        _ email: String = "ada@example.org", _ firstName: String? = nil, _ lastName: String? = nil,
        created: Int64 = 0, updated: Int64 = 0
    ) throws -> String {
        let user = User(
            id: UserID(high: 0x0123_4567_89ab_4def, low: 0x8000_0000_0000_0001),
            email: try #require(EmailAddress(email)), firstName: firstName, lastName: lastName,
            createdAt: WallTime(milliseconds: created), updatedAt: WallTime(milliseconds: updated),
            isAdministrator: true, credentialVersion: 7)
        return String(decoding: JSONText.of(UserJSON(user: user)), as: UTF8.self)
    }

    @Test func isWhatTheContractSays() throws {
        #expect(
            try text()
                == #"{"created_at":"1970-01-01T00:00:00","email":"ada@example.org","first_name":null,"#
                + #""id":"01234567-89ab-4def-8000-000000000001","last_name":null,"#
                + #""updated_at":"1970-01-01T00:00:00"}"# + "\n")
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00"), (999, "1970-01-01T00:00:00"), (1_000, "1970-01-01T00:00:01"),
            (-1, "1969-12-31T23:59:59"), (951_782_400_000, "2000-02-29T00:00:00"),
            (1_709_251_199_999, "2024-02-29T23:59:59"), (1_709_251_200_000, "2024-03-01T00:00:00"),
            (4_102_444_799_000, "2099-12-31T23:59:59"), (4_107_542_400_000, "2100-03-01T00:00:00"),
            (253_402_300_799_999, "9999-12-31T23:59:59"),
        ] as [(Int64, String)])
    func writesDatesInUTCWithWholeSeconds(_ milliseconds: Int64, _ expected: String) throws {
        let json = try text(created: milliseconds, updated: milliseconds)
        #expect(json.contains("\"created_at\":\"\(expected)\""))
        #expect(json.contains("\"updated_at\":\"\(expected)\""))
    }

    @Test func escapesOnlyWhatJSONDemands() throws {
        let json = try text("a/b@exämple.org", "José 👩‍🚀 \"\\\n\u{1}", "</script>")
        #expect(json.contains(#""email":"a/b@exämple.org""#))
        #expect(json.contains(#""first_name":"José 👩‍🚀 \"\\\n\u0001""#))
        #expect(json.contains(#""last_name":"</script>""#))
    }

    @Test func theProfileHasTheAddressAlone() throws {
        let user = User(
            id: .random(), email: try #require(EmailAddress("Ada@example.org")), firstName: "Ada",
            createdAt: WallTime(milliseconds: 0), updatedAt: WallTime(milliseconds: 0))
        let rendering = UserRendering(of: user)
        #expect(String(decoding: rendering.profile, as: UTF8.self) == "{\"email\":\"Ada@example.org\"}\n")
        #expect(rendering.user == JSONText.of(UserJSON(user: user)))
    }
}
