# matrix.exs BEAM VISIBLE_CITY HIDDEN_CITY: every way for a city and a BEAM to be connected.
# Prints a line for each check and a ROW for each city; exit status 1 when something failed.
Code.compiler_options(ignore_module_conflict: true)

for {module, binary} <- Code.compile_file("on_beam.exs", __DIR__) do
  Process.put(module, binary)
end

[beam, visible, hidden] = Enum.map(System.argv(), &String.to_atom/1)

defmodule Matrix do
  def prepare(beam, modules) do
    true = Node.connect(beam)

    for {module, binary} <- modules do
      {:module, ^module} = :erpc.call(beam, :code, :load_binary, [module, ~c"on_beam.exs", binary])
    end

    {:ok, _} = :erpc.call(beam, OnBeam, :start_teller, [])
  end

  def dial(:beam, beam, city), do: :erpc.call(beam, Node, :connect, [city], 15_000)
  def dial(:cpp, beam, city), do: :erpc.call(city, :city_peer, :connect, [beam], 15_000)

  def dial(:both, beam, city) do
    one = Task.async(fn -> dial(:beam, beam, city) end)
    other = Task.async(fn -> dial(:cpp, beam, city) end)
    Task.await(one, 20_000) and Task.await(other, 20_000)
  end

  @doc "One cell: connects, visits, disconnects, several times. Returns {passed, all}."
  def cell(who, beam, city, visibility, rounds) do
    results =
      for round <- 1..rounds do
        true = :erpc.call(beam, OnBeam, :leave, [city])
        connected = dial(who, beam, city)
        checks = [{:connected, connected} | :erpc.call(beam, OnBeam, :visit, [city, visibility], 60_000)]
        checks = if round == 1, do: checks, else: Enum.take(checks, 4)

        for {name, result} <- checks do
          good = result == true
          mark = if good, do: "ok    ", else: "FAILED"
          wrong = if good, do: "", else: ": #{inspect(result, limit: 20)}"
          IO.puts("#{mark} #{visibility}, #{who} dials, round #{round}: #{name}#{wrong}")
          good
        end
      end

    results = List.flatten(results)
    {Enum.count(results, & &1), length(results)}
  end
end

Matrix.prepare(beam, for({module, binary} <- Process.get(), is_binary(binary), do: {module, binary}))

good =
  for {city, visibility} <- [{visible, :visible}, {hidden, :hidden}] do
    true = Node.connect(city)

    cells =
      for {who, rounds} <- [cpp: 5, beam: 5, both: 20] do
        Matrix.cell(who, beam, city, visibility, rounds)
      end

    texts = for {passed, all} <- cells, do: "#{passed} of #{all}"
    IO.puts("ROW | #{visibility} | #{Enum.join(texts, " | ")} |")
    Enum.all?(cells, fn {passed, all} -> passed == all end)
  end

System.halt(if Enum.all?(good), do: 0, else: 1)
