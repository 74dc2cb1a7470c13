;; Items on shelves.
(ns shop.inventory
  (:require [clojure.string :as str]
            [shop.shelf :refer [add-item]])
  (:import (java.util Date)))

(def page-size 20)

(defprotocol Sellable
  "What can be sold."
  (cents [this])
  (label [this]))

(defrecord Item [sku amount]
  Sellable
  (cents [this] amount)
  (label [this] (str/upper-case sku)))

(defn- round [n] (Math/round n))

(defn price
  "Makes a readable amount."
  [item]
  (round (/ (cents item) 100.0)))

(defmacro twice [& body]
  `(do ~@body ~@body))

(defmulti show :type)
(defmethod show :item [item] (price item))

(deftest prices
  (is (= 1 (price (->Item "a" 100)))))
