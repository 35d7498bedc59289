#!/usr/bin/env escript
%% -*- erlang -*-
%%! +pc unicode
%% Random terms against the C++ program term_properties; started by tests/properties/run with the
%% program's port, the number of terms and a seed. Exit status 1 when a property does not hold.
-mode(compile).

main([Port, Count, Seed]) ->
    ok = io:setopts([{encoding, utf8}]),
    {ok, Socket} = gen_tcp:connect({127, 0, 0, 1}, list_to_integer(Port),
                                   [binary, {packet, 4}, {active, false}, {nodelay, true}]),
    rand:seed(exsss, list_to_integer(Seed)),
    put(release, list_to_integer(erlang:system_info(otp_release))),
    put(atoms, list_to_tuple([random_atom() || _ <- lists:seq(1, 2000)] ++ words())),
    put(checks, #{}),
    run(Socket, list_to_integer(Count)),
    Checks = get(checks),
    Failed = maps:get(failed, Checks, 0),
    io:format("OTP ~b, seed ~s, ~s terms: ~ts; ~b failed~n",
              [get(release), Seed, Count,
               lists:join(", ", [io_lib:format("~b ~s", [N, What])
                                 || {What, N} <- maps:to_list(maps:remove(failed, Checks))]),
               Failed]),
    gen_tcp:close(Socket),
    halt(if Failed > 0 -> 1; true -> 0 end).

run(_, Left) when Left =< 0 -> ok;
run(Socket, Left) ->
    Batch = min(Left, 100),
    Tests = lists:append([tests(term(1 + rand:uniform(40), any)) || _ <- lists:seq(1, Batch)]),
    ok = gen_tcp:send(Socket, term_to_binary([Request || {_, Request, _} <- Tests])),
    {ok, Bytes} = gen_tcp:recv(Socket, 0, 60000),
    Answers = binary_to_term(Bytes),
    true = length(Answers) =:= length(Tests),
    lists:foreach(fun({{What, Request, Check}, Answer}) ->
                          count(What),
                          (try Check(Answer) catch _:_ -> false end) orelse fail(What, Request, Answer)
                  end, lists:zip(Tests, Answers)),
    run(Socket, Left - Batch).

count(What) -> put(checks, maps:update_with(What, fun(N) -> N + 1 end, 1, get(checks))).

fail(What, Request, Answer) ->
    count(failed),
    map_get(failed, get(checks)) =< 20 andalso
        io:format("~s does not hold~n  request ~ts~n  answer  ~ts~n", [What, legible(Request), legible(Answer)]).

%% Encoded terms as terms.
legible(Encoded) -> io_lib:format("~0tp", [decoded(Encoded)]).
decoded(<<131, _/binary>> = B) -> try binary_to_term(B) catch _:_ -> B end;
decoded(L) when is_list(L) -> [decoded(E) || E <- L];
decoded(T) when is_tuple(T) -> list_to_tuple(decoded(tuple_to_list(T)));
decoded(Other) -> Other.

%% --- the properties ---------------------------------------------------------------------------

%% What is asked, the request, and whether an answer is right.
tests(Term) ->
    encoding_tests(Term) ++ pair_tests(Term, near(Term)) ++ pair_tests(Term, term(5, any)) ++
        text_tests(term(1 + rand:uniform(40), text)) ++
        case rand:uniform(5) of
            1 -> [sort_test([term(rand:uniform(8), any) || _ <- lists:seq(1, 9 + rand:uniform(21))]),
                  sort_test([near(Term) || _ <- lists:seq(1, 9 + rand:uniform(21))])];
            _ -> []
        end.

encoding_tests(Term) ->
    %% The usual encoding of OTP 26 and later; OTP 25 has another one for ports, and needs to be told.
    Usual = term_to_binary(Term, [{minor_version, 2}]),
    Other = term_to_binary(Term, one_of([[{compressed, 9}], [{minor_version, 1}], [deterministic],
                                         [{minor_version, 0}], [compressed, deterministic]])),
    [{"encodings", {encode, Usual},
      fun(Answer) -> Term =:= binary_to_term(Answer) andalso
                         (Answer =:= Usual orelse (get(release) < 26 andalso has_port(Usual))) end},
     {"other encodings", {encode, Other}, fun(Answer) -> Term =:= binary_to_term(Answer) end}].

has_port(Bytes) -> binary:match(Bytes, <<89>>) =/= nomatch.

pair_tests(A, B) ->
    Pair = {term_to_binary(A), term_to_binary(B)},
    [{"equalities", {equal, element(1, Pair), element(2, Pair)}, fun(Answer) -> Answer =:= (A =:= B) end},
     {"comparisons", {compare, element(1, Pair), element(2, Pair)},
      fun(Answer) -> Answer =:= vm_order(A, B) orelse documented(Answer =:= documented_order(A, B)) end}].

%% OTP 29's lists:sort/1 keeps the order of what is ==, that of OTP 27 does not; sort/2 always did.
sort_test(Terms) ->
    Sorted = case get(release) of
                 Old when Old < 29 -> lists:sort(fun(A, B) -> A =< B end, Terms);
                 _ -> lists:sort(Terms)
             end,
    {"sorted lists", {sort, [term_to_binary(T) || T <- Terms]},
     fun(Answer) ->
             Got = [binary_to_term(B) || B <- Answer],
             Sorted =:= Got orelse
                 documented(Got =:= lists:sort(fun(A, B) -> documented_order(A, B) =/= gt end, Terms))
     end}.

vm_order(A, B) when A < B -> lt;
vm_order(A, B) when A > B -> gt;
vm_order(_, _) -> eq.

%% From OTP 26 on, maps with several atoms as keys are not always in the documented order, nor in any:
%% where a value is == but not =:= and the values of another key are maps with different keys, so that
%%     #{a => 1, b => #{1 => 1}} < #{a => 1.0, b => #{2 => 1}}    and with the inner maps exchanged, too.
%% So where we disagree with the VM, the documented order decides: size, keys, values, one by one.
documented_order(A, B) when is_map(A), is_map(B), map_size(A) =:= map_size(B) ->
    {As, Bs} = {sorted_keys(A), sorted_keys(B)},
    case first_difference(fun(K, L) -> vm_order(#{K => 1}, #{L => 1}) end, As, Bs) of
        eq -> first_difference(fun documented_order/2, [map_get(K, A) || K <- As], [map_get(K, B) || K <- Bs]);
        Different -> Different
    end;
documented_order(A, B) when is_tuple(A), is_tuple(B), tuple_size(A) =:= tuple_size(B) ->
    first_difference(fun documented_order/2, tuple_to_list(A), tuple_to_list(B));
documented_order([A | As], [B | Bs]) ->
    case documented_order(A, B) of
        eq -> documented_order(As, Bs);
        Different -> Different
    end;
documented_order(A, B) -> vm_order(A, B).

sorted_keys(Map) -> lists:sort(fun(A, B) -> #{A => 1} =< #{B => 1} end, maps:keys(Map)).

first_difference(_, [], []) -> eq;
first_difference(Order, [A | As], [B | Bs]) ->
    case Order(A, B) of
        eq -> first_difference(Order, As, Bs);
        Different -> Different
    end.

documented(true) -> count("decided by the documented order"), true;
documented(false) -> false.

text_tests(Term) ->
    Format = one_of(["~0tp", "~tp", "~tw", "~w", "~p", "~0p"]),
    Text = unicode:characters_to_binary(io_lib:format(Format, [Term])),
    [{"printed texts", {print, term_to_binary(Term)}, fun(Answer) -> parse(Answer) =:= {ok, Term} end},
     {"parsed texts", {parse, Text}, fun(Answer) -> binary_to_term(Answer) =:= Term end}].

parse(Text) ->
    {ok, Tokens, _} = erl_scan:string(unicode:characters_to_list(Text) ++ "."),
    erl_parse:parse_term(Tokens).

%% --- random terms -----------------------------------------------------------------------------

%% Of about this size. `text`: only what has a text that can be read back.
term(Size, Kind) when Size =< 1 -> leaf(Kind);
term(Size, Kind) ->
    case rand:uniform(9) of
        1 -> list_to_tuple(terms(Size, Kind));
        2 -> terms(Size, Kind);
        3 -> improper(terms(Size, Kind), leaf(Kind));
        4 -> map(Size, Kind);
        5 -> [integer() || _ <- lists:seq(1, Size)];
        6 -> [{atom(), term(Size div 2, Kind)} || _ <- lists:seq(1, min(Size, 3))];
        7 when Kind =:= any -> local_fun(terms(Size, Kind));
        8 when Kind =:= any -> record(terms(Size, Kind));
        _ -> leaf(Kind)
    end.

terms(Size, Kind) ->
    Count = rand:uniform(min(Size, 8)),
    [term(Size div Count, Kind) || _ <- lists:seq(1, Count)].

improper(Terms, Tail) -> lists:foldr(fun(T, Rest) -> [T | Rest] end, Tail, Terms).

map(Size, Kind) ->
    Count = case rand:uniform(10) of 1 -> 33 + rand:uniform(20); _ -> rand:uniform(min(Size, 8)) end,
    maps:from_list([{key(Size div Count, Kind), term(Size div Count, Kind)} || _ <- lists:seq(1, Count)]).

key(Size, Kind) ->
    case rand:uniform(4) of
        1 -> rand:uniform(20);
        2 -> float(rand:uniform(20));
        3 -> atom();
        4 -> without_maps(min(Size, 4), Kind)
    end.

%% From OTP 26 on, two maps that are (inside) keys of maps compare by the number that their atoms have
%% in that VM, and so not as the same two maps elsewhere. Hence no atoms as keys inside keys.
without_maps(Size, Kind) ->
    Term = term(Size, Kind),
    case binary:match(term_to_binary(Term), <<116, 0, 0, 0>>) of
        nomatch -> Term;
        _ -> maps:from_list([{one_of([I, float(I)]), integer()} || I <- lists:seq(1, rand:uniform(3))])
    end.

leaf(Kind) ->
    case rand:uniform(12) of
        1 -> integer();
        2 -> integer();
        3 -> a_float();
        4 -> atom();
        5 -> string();
        6 -> binary();
        7 -> bits();
        8 -> one_of([[], {}, #{}, <<>>, "", 0, 1, 1.0, '', ok]);
        9 -> external_fun();
        _ when Kind =:= any -> identifier();
        _ -> string()
    end.

integer() ->
    case rand:uniform(4) of
        1 -> rand:uniform(300) - 20;
        2 -> sign() * (1 bsl rand:uniform(70)) + rand:uniform(3) - 2;
        3 -> sign() * (1 bsl one_of([31, 32, 53, 59, 60, 63, 64, 2040, 2048, 1023, 1024])) + rand:uniform(3) - 2;
        4 -> sign() * binary:decode_unsigned(rand:bytes(rand:uniform(one_of([4, 8, 9, 20, 300]))))
    end.

sign() -> one_of([1, -1]).

a_float() ->
    Value = case rand:uniform(5) of
                1 -> one_of([0.0, 1.0, -1.0, 0.1, 5.0e-324, 1.7976931348623157e308, 2.2250738585072014e-308,
                             9007199254740992.0, 1.0e22, 1.0e23, 4294967296.0]) * sign();
                2 -> float(sign() * (1 bsl rand:uniform(1023)));
                3 -> float(rand:uniform(1000));
                4 -> (rand:uniform(2000000) - 1000000) / one_of([10, 100, 3, 1000000]);
                5 -> case rand:bytes(8) of
                         <<F/float>> -> F;
                         _ -> 0.5
                     end
            end,
    no_old_zero(Value).

%% Before OTP 27, -0.0 is 0.0.
no_old_zero(Value) when Value == 0 ->
    case get(release) < 27 of
        true -> 0.0;
        false -> Value
    end;
no_old_zero(Value) -> Value.

atom() -> one_of(get(atoms)).

random_atom() -> list_to_atom(characters(one_of([rand:uniform(6), rand:uniform(30), rand:uniform(255), 255]))).

%% Reserved from OTP 27 on, and so printed by older releases in a way that is none later.
reserved() ->
    case get(release) < 27 of
        true -> [];
        false -> ['maybe', 'else']
    end.

words() -> reserved() ++ ['', a, b, c, ok, error, true, false, nil, undefined, 'end', 'fun', 'A', 'a b',
            'Elixir.Enum', '$x', 'a@b', '_', '1'].

string() -> characters(rand:uniform(one_of([3, 10, 200])) - 1).

characters(Count) ->
    Kind = rand:uniform(5),
    [character(Kind) || _ <- lists:seq(1, Count)].

character(1) -> $a + rand:uniform(26) - 1;
character(2) -> 31 + rand:uniform(95);
character(3) -> rand:uniform(256) - 1;
character(4) -> valid(rand:uniform(16#3000));
character(5) -> valid(rand:uniform(16#10FFFF)).

%% No surrogates, and not the two characters that erl_scan refuses in any form.
valid(C) when C >= 16#D800, C =< 16#DFFF; C =:= 16#FFFE; C =:= 16#FFFF -> $?;
valid(C) -> C.

binary() ->
    case rand:uniform(3) of
        1 -> unicode:characters_to_binary(string());
        2 -> rand:bytes(rand:uniform(one_of([4, 40, 300])) - 1);
        3 -> << <<C>> || C <- string(), C < 256 >>
    end.

bits() ->
    Size = rand:uniform(one_of([8, 40, 300])),
    <<Bits:Size/bits, _/bits>> = rand:bytes(40),
    Bits.

external_fun() ->
    erlang:make_fun(one_of([lists, erlang, 'a b', 'M', '']), one_of([map, '+', 'F', f]),
                    rand:uniform(256) - 1).

local_fun(Terms) ->
    case rand:uniform(3) of
        1 -> fun() -> Terms end;
        2 -> fun(X) -> {X, hd(Terms), length(Terms)} end;
        3 -> fun(X, _) -> [X | Terms] end
    end.

%% Native records have no syntax that older releases could read.
record(Terms) ->
    case get(release) >= 29 of
        false -> list_to_tuple([record | Terms]);
        true ->
            Names = lists:sublist([a, b, c, d, 'E', 'f g', h, i], length(Terms)),
            Atom = fun(A) -> <<131, Bytes/binary>> = term_to_binary(A), Bytes end,
            Values = [begin <<131, Bytes/binary>> = term_to_binary(T), Bytes end || T <- Terms],
            binary_to_term(iolist_to_binary(
                             [<<131, 67, (length(Terms)):32, (rand:uniform(2) - 1)>>, Atom(one_of([m, n])),
                              Atom(one_of([r, s])), [Atom(N) || N <- Names], Values]))
    end.

identifier() ->
    <<131, Node/binary>> = term_to_binary(one_of(['a@h', 'b@h', 'b', 'ab@host.example'])),
    Creation = one_of([0, 1, 3, 1717000000]),
    case rand:uniform(6) of
        1 -> self();
        2 -> make_ref();
        3 -> hd(erlang:ports());
        4 -> binary_to_term(<<131, 88, Node/binary, (rand:uniform(5)):32, (rand:uniform(3)):32, Creation:32>>);
        5 -> binary_to_term(<<131, 120, Node/binary, (one_of([1, 2, 1 bsl 28, 1 bsl 60])):64, Creation:32>>);
        6 -> %% With others than of 3 words OTP 25 overflowed its stack, or took equal maps for different.
             Count = case get(release) < 27 of true -> 3; false -> rand:uniform(5) end,
             %% The last is not 0: a large map of a BEAM can hold a reference twice, with and without
             %% zeros behind it, which no BEAM makes.
             Words = << <<(max(rand:uniform(4) - 1, I div Count)):32>> || I <- lists:seq(1, Count) >>,
             binary_to_term(<<131, 90, Count:16, Node/binary, Creation:32, Words/binary>>)
    end.

%% The same term, or one that differs in few places.
near(T) when is_integer(T) -> one_of([T, T + 1, T - 1, to_float(T), -T]);
near(T) when is_float(T) -> one_of([T, no_old_zero(-T), trunc(T), no_old_zero(T / 3)]);
near([H | T]) -> case rand:uniform(3) of 1 -> [near(H) | T]; _ -> [H | near(T)] end;
near(T) when is_tuple(T), tuple_size(T) > 0 ->
    I = rand:uniform(tuple_size(T)),
    setelement(I, T, near(element(I, T)));
near(T) when is_map(T), map_size(T) > 0 ->
    {K, V} = one_of(maps:to_list(T)),
    case rand:uniform(3) of
        1 -> T#{K := near(V)};
        2 -> (maps:remove(K, T))#{near(K) => V};
        3 -> T#{near(K) => near(V)}
    end;
near(T) when is_bitstring(T), bit_size(T) > 0 ->
    Size = bit_size(T) - 1,
    <<Start:Size/bits, Last:1>> = T,
    one_of([T, Start, <<Start/bits, (1 - Last):1>>, <<T/bits, 0:1>>]);
near(T) when is_atom(T) -> one_of([T, atom()]);
near(T) -> one_of([T, leaf(any)]).

to_float(T) when abs(T) < 1 bsl 1023 -> float(T);
to_float(T) -> T.

one_of(Choices) when is_list(Choices) -> lists:nth(rand:uniform(length(Choices)), Choices);
one_of(Choices) -> element(rand:uniform(tuple_size(Choices)), Choices).
