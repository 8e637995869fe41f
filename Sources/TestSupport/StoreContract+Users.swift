import Auth
import Testing

extension StoreContract {
    /// Claims about users, apart from their passwords.
    public static let users = [
        StoreClaim("givesBackWhatWasInserted") { stores async throws in
            let account = newAccount("Ada@Example.org", firstName: "", lastName: "L\0ve\u{301}lace 🔑")
            let user = try #require(try await stores.insert(account))
            #expect(user.id == account.id)
            #expect(user.email.text == "Ada@Example.org")
            #expect(user.firstName == "")
            #expect(user.lastName.map { Array($0.utf8) } == Array("L\0ve\u{301}lace 🔑".utf8))
            #expect(user.createdAt == start)
            #expect(user.updatedAt == start)
            #expect(user.credentialVersion == 1)
            let stored = Account(user: user, passwordHash: "hash")
            #expect(try await stores.account(id: user.id) == stored)
            #expect(try await stores.account(email: account.email) == stored)
            let shouted = try #require(EmailAddress("ADA@EXAMPLE.ORG"))
            #expect(try await stores.account(email: shouted) == stored)
        },
        StoreClaim("knowsNobodyWhoIsNotThere") { stores async throws in
            let absent = newAccount("nobody@example.org")
            #expect(try await stores.account(id: absent.id) == nil)
            #expect(try await stores.account(email: absent.email) == nil)
            #expect(try await stores.rename(absent.id, firstName: "x", lastName: nil, at: start) == nil)
            #expect(try await stores.setAdministrator(absent.id, true, at: start) == nil)
            #expect(try await stores.setPassword(absent.id, hash: "x", at: start) == nil)
            #expect(try await !stores.delete(absent.id))
            #expect(try await stores.userCount() == 0)
            #expect(try await stores.users(after: nil, limit: nil) == [])
        },
        StoreClaim("refusesATakenAddressInWhateverCase") { stores async throws in
            let first = try #require(try await stores.insert(newAccount("ada@example.org")))
            let second = try await stores.insert(newAccount("Ada@EXAMPLE.org", hash: "other"))
            #expect(second == nil)
            #expect(try await stores.userCount() == 1)
            #expect(try await stores.account(id: first.id) == Account(user: first, passwordHash: "hash"))
        },
        StoreClaim("givesAnAddressFreeWithItsUser") { stores async throws in
            let first = try #require(try await stores.insert(newAccount("ada@example.org")))
            #expect(try await stores.delete(first.id))
            #expect(try await stores.insert(newAccount("ada@example.org")) != nil)
        },
        StoreClaim("insertsOneUserOfAThousandParallelOnesWithOneAddress") { stores async throws in
            let winners = try await withThrowingTaskGroup(of: User?.self) { group in
                for number in 0..<1_000 {
                    let email = number.isMultiple(of: 2) ? "ada@example.org" : "ADA@example.org"
                    group.addTask { try await stores.insert(newAccount(email)) }
                }
                var winners: [User] = []
                for try await user in group { if let user { winners.append(user) } }
                return winners
            }
            #expect(winners.count == 1)
            #expect(try await stores.users(after: nil, limit: nil) == winners)
        },
        StoreClaim("insertsManyAndSaysWhoseAddressWasTaken") { stores async throws in
            #expect(try await stores.insert([]) == [])
            let first = try #require(
                try await stores.insert(newAccount("0@example.org", administratorIfFirst: false)))
            var administrator = newAccount("1@example.org", administratorIfFirst: false)
            administrator.isAdministrator = true
            let users = try await stores.insert([
                administrator, newAccount("0@EXAMPLE.org"), newAccount("2@example.org", hash: "own"),
                newAccount("1@EXAMPLE.org"),
            ])
            #expect(users.map { $0?.email.text } == ["1@example.org", nil, "2@example.org", nil])
            #expect(users.map { $0?.isAdministrator } == [true, nil, false, nil])
            #expect(try await stores.users(after: nil, limit: nil) == [first] + users.compactMap(\.self))
            let last = try #require(users[2])
            #expect(try await stores.account(id: last.id) == Account(user: last, passwordHash: "own"))
        },
        StoreClaim("makesTheFirstAccountAdministratorAndNoOther") { stores async throws in
            #expect(try await stores.insert(newAccount("1@example.org"))?.isAdministrator == true)
            #expect(try await stores.insert(newAccount("2@example.org"))?.isAdministrator == false)
        },
        StoreClaim("makesNobodyAdministratorUnlessAsked") { stores async throws in
            let first = newAccount("1@example.org", administratorIfFirst: false)
            #expect(try await stores.insert(first)?.isAdministrator == false)
            #expect(try await stores.insert(newAccount("2@example.org"))?.isAdministrator == false)
        },
        StoreClaim("makesNobodyFirstAgainWhenTheFirstIsDeleted") { stores async throws in
            let first = try #require(try await stores.insert(newAccount("1@example.org")))
            #expect(try await stores.delete(first.id))
            #expect(try await stores.userCount() == 0)
            #expect(try await stores.insert(newAccount("2@example.org"))?.isAdministrator == false)
        },
        StoreClaim("makesOneOfManyParallelFirstAccountsAdministrator") { stores async throws in
            let administrators = try await withThrowingTaskGroup(of: User?.self) { group in
                for number in 0..<100 {
                    group.addTask { try await stores.insert(newAccount("\(number)@example.org")) }
                }
                var count = 0
                for try await user in group where user?.isAdministrator == true { count += 1 }
                return count
            }
            #expect(administrators == 1)
            #expect(try await stores.users(after: nil, limit: 1).first?.isAdministrator == true)
        },
        StoreClaim("listsUsersInOrderOfCreationPageByPage") { stores async throws in
            var users: [User] = []
            for number in 0..<5 {
                let account = newAccount("\(9 - number)@example.org")
                users.append(try #require(try await stores.insert(account)))
            }
            #expect(try await stores.users(after: nil, limit: nil) == users)
            #expect(try await stores.users(after: nil, limit: 2) == Array(users[..<2]))
            #expect(try await stores.users(after: users[1].id, limit: 2) == Array(users[2..<4]))
            #expect(try await stores.users(after: users[3].id, limit: 2) == [users[4]])
            #expect(try await stores.users(after: users[4].id, limit: nil) == [])
            #expect(try await stores.users(after: .random(), limit: nil) == [])
            #expect(try await stores.users(after: nil, limit: 0) == [])
            #expect(try await stores.users(after: nil, limit: -1) == [])
            #expect(try await stores.userCount() == 5)
        },
        StoreClaim("renamesWhatIsGivenAndStoresTheEmptyString") { stores async throws in
            let account = newAccount("ada@example.org", firstName: "Ada", lastName: "Byron")
            let user = try #require(try await stores.insert(account))
            let later = start + .seconds(5)
            let renamed = try await stores.rename(user.id, firstName: nil, lastName: "Lovelace", at: later)
            #expect(renamed?.firstName == "Ada")
            #expect(renamed?.lastName == "Lovelace")
            #expect(renamed?.createdAt == start)
            #expect(renamed?.updatedAt == later)
            #expect(renamed?.credentialVersion == 1)
            let emptied = try await stores.rename(user.id, firstName: "", lastName: nil, at: later)
            #expect(emptied?.firstName == "")
            #expect(emptied?.lastName == "Lovelace")
            #expect(try await stores.account(id: user.id)?.user == emptied)
        },
        StoreClaim("everyChangeIsLaterThanTheOneBeforeWhateverTheClockSays") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            let earlier = WallTime(milliseconds: start.milliseconds - 3_600_000)
            let renamed = try #require(
                try await stores.rename(user.id, firstName: "Ada", lastName: nil, at: earlier))
            #expect(renamed.updatedAt > user.updatedAt)
            let promoted = try #require(
                try await stores.setAdministrator(user.id, false, at: renamed.updatedAt))
            #expect(promoted.updatedAt > renamed.updatedAt)
            let changed = try #require(try await stores.setPassword(user.id, hash: "new", at: earlier))
            #expect(changed.updatedAt > promoted.updatedAt)
        },
        StoreClaim("makesAdministratorsAndUnmakesThem") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            let later = start + .seconds(5)
            let plain = try await stores.setAdministrator(user.id, false, at: later)
            #expect(plain?.isAdministrator == false)
            #expect(plain?.updatedAt == later)
            #expect(try await stores.account(id: user.id)?.user.isAdministrator == false)
            #expect(try await stores.setAdministrator(user.id, true, at: later)?.isAdministrator == true)
        },
        StoreClaim("deletesAUserOnceWithAllSessionsAndTokens") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            let other = try #require(try await stores.insert(newAccount("bob@example.org")))
            let token = digest()
            #expect(try await stores.insert(session(of: user)))
            #expect(try await stores.insert(session(of: other)))
            #expect(
                try await stores.insertResetToken(
                    token, for: user.id, sentTo: user.email, expiresAt: start + .seconds(9)))
            #expect(try await stores.delete(user.id))
            #expect(try await !stores.delete(user.id))
            #expect(try await stores.liveSessions(at: start).map(\.user) == [other])
            #expect(try await !stores.hasResetToken(token, for: user.id, at: start))
            #expect(try await !stores.insert(session(of: user)))
            #expect(try await stores.users(after: nil, limit: nil) == [other])
        },
    ]
}
