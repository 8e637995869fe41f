import Testing

@testable import HTTP

struct FormTests {
    private func request(_ type: String?, _ body: some Sequence<UInt8>) -> Request {
        let fields = RequestFields(type.map { [(.contentType, $0)] } ?? [])
        return Request(
            head: RequestHead(method: .post, target: RequestTarget(path: "/users"), fields: fields),
            body: Array(body))
    }

    @Test func readsAURLEncodedForm() throws {
        let form = try Form(
            request("application/x-www-form-urlencoded", "email=guillaume%40holberton.io&password=b4l0u".utf8)
        )
        #expect(form["email"] == "guillaume@holberton.io")
        #expect(form["password"] == "b4l0u")
        #expect(form["Password"] == nil)
    }

    @Test func readsAMultipartForm() throws {
        let body = "--x\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\na@b.c\r\n--x--\r\n"
        #expect(try Form(request("Multipart/Form-Data; Boundary=\"x\"", body.utf8))["email"] == "a@b.c")
    }

    @Test(arguments: [
        nil, "", "text/plain", "application/json", "application/x-www-form-urlencodedx",
        "multipart/mixed; boundary=x",
        "application/x-www-form-urlencoded; a", "nonsense",
    ])
    func otherMediaTypesHaveNoFields(type: String?) throws {
        #expect(try Form(request(type, "email=a".utf8)).fields.isEmpty)
    }

    @Test(arguments: [
        "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "multipart/form-data",
    ])
    func noBodyHasNoFields(type: String) throws {
        #expect(try Form(request(type, [])).fields.isEmpty)
    }

    @Test func theFirstOfDuplicateFieldsWins() throws {
        let form = try Form(request("application/x-www-form-urlencoded", "a=1&a=2&b=&b=3".utf8))
        #expect(form["a"] == "1")
        #expect(form["b"] == "")
    }

    @Test func knowsWhichOfTheseNamesOccursTwice() throws {
        let form = try Form(request("application/x-www-form-urlencoded", "a=1&b=1&c=1&b=&c=2".utf8))
        #expect(form.repeated(among: ["a", "d"]) == nil)
        #expect(form.repeated(among: ["a", "c", "b"]) == "c")
        #expect(form.repeated(among: []) == nil)
    }

    @Test func comparesNamesOctetByOctet() throws {
        // The Kelvin sign is equal to K for String.
        let form = try Form(request("application/x-www-form-urlencoded", "%E2%84%AA=1".utf8))
        #expect(form["K"] == nil)
        #expect(form["\u{212a}"] == "1")
    }

    @Test func aMultipartFormNeedsItsBoundary() {
        let error = #expect(throws: HTTPError.self) {
            try Form(request("multipart/form-data", "--x--\r\n".utf8))
        }
        #expect(error?.status == .badRequest)
    }
}
