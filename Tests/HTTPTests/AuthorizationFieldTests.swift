import HTTP
import Testing

@Suite struct AuthorizationFieldTests {
    private func parsed(_ value: String) -> AuthorizationField? { AuthorizationField(Array(value.utf8)[...]) }

    @Test(arguments: [("Basic YTpi", "YTpi"), ("bAsIc   x y", "x y"), ("BASIC  =", "=")])
    func takesSchemeAndCredentialsApart(value: String, credentials: String) throws {
        let field = try #require(parsed(value))
        #expect(String(decoding: field.credentials, as: UTF8.self) == credentials)
        #expect(field.isOf("basic"))
        #expect(!field.isOf("basi") && !field.isOf("basicc") && !field.isOf("bearer"))
    }

    @Test(arguments: ["", " ", "Basic", "Basic ", "Basic    ", " Basic YTpi", "Basic\tYTpi"])
    func refusesWhatHasNoCredentials(value: String) {
        #expect(parsed(value) == nil)
    }

    @Test func foldsLettersOnly() {
        // "[" and "{" differ in the same bit as upper and lower case.
        #expect(parsed("[asic x")?.isOf("{asic") == false)
    }
}
