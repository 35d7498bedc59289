defmodule Beamnode.MixProject do
  use Mix.Project

  def project do
    [
      app: :beamnode,
      version: "0.1.0",
      elixir: "~> 1.14",
      description: "C++ nodes under Elixir's supervisors",
      deps: []
    ]
  end

  def application, do: [extra_applications: [:logger]]
end
